/**
 * When guards of deleted keys are let go (rule 12): after each claim, and every hour, because a group at rest claims
 * nothing. Only one process an hour does the work, whoever comes first.
 */
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { partitionRanges } from '../adapters/kafka/topic.ts';
import { type Database, withConnection } from '../adapters/postgres/connection.ts';
import { expireGuards, type LogStart } from '../adapters/postgres/expire-guards.ts';
import { messageOf } from '../pipeline/errors.ts';
import type { ClaimRequest, Logger } from '../pipeline/ports.ts';

/** Milliseconds between two looks. */
const hour = 3_600_000;

/** Whose guards, and who is told. */
export type GuardExpiryOptions = {
  readonly database: Database;
  readonly pipeline: string;
  readonly table: string;
  readonly logger: Logger;
};

/** Lets guards of one table expire. Errors are logged: nothing depends on it but disk space. */
export class GuardExpiry {
  readonly #options: GuardExpiryOptions;

  constructor(options: GuardExpiryOptions) {
    this.#options = options;
  }

  /** After a claim, which has just asked where the logs begin. */
  readonly afterClaim = (client: pg.Client, { topic, partitions }: ClaimRequest): Promise<void> =>
    this.#expire(
      client,
      topic,
      partitions.map(({ partition, later }) => ({ partition, low: later })),
    );

  /** Runs `work`, and looks every hour until it has ended. */
  async during<T>(admin: Admin, topic: string, work: () => Promise<T>): Promise<T> {
    const { database, pipeline, logger } = this.#options;
    const look = async () => {
      const lows = await partitionRanges(admin, topic);
      await withConnection(database, `${pipeline}/expiry`, (client) => this.#expire(client, topic, lows));
    };
    const timer = setInterval(() => {
      look().catch((error: unknown) =>
        logger.warn({ error: messageOf(error) }, 'guards of deleted keys did not expire'),
      );
    }, hour);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  async #expire(client: pg.Client, topic: string, lows: readonly LogStart[]): Promise<void> {
    const { table, logger } = this.#options;
    const expired = await expireGuards(client, table, topic, lows);
    if (expired > 0) logger.info({ table, expired }, 'guards of keys deleted long ago have expired');
  }
}
