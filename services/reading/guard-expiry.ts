/**
 * When guards of deleted keys are let go (rule 12): after each claim where one topic is read, and every hour, because a
 * group at rest claims nothing. Only one process an hour does the work of a table, whoever comes first.
 */
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { expireGuards, guardedTables, type LogStart } from '../../engines/postgres/guards/expire-guards.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { ClaimRequest, Logger } from '../../pipeline/ports.ts';

/** Milliseconds between two looks. */
const hour = 3_600_000;

/** Milliseconds to the first look: at the start there is more urgent work. */
const minute = 60_000;

/** Whose guards, and who is told. */
export type GuardExpiryOptions = {
  readonly database: Database;
  readonly pipeline: string;
  readonly logger: Logger;
  /** Milliseconds to the first look; a minute when left out. */
  readonly first?: number;
};

/** Lets guards of the tables that topics feed expire. Errors are logged: nothing depends on it but disk space. */
export class GuardExpiry {
  readonly #options: GuardExpiryOptions;

  constructor(options: GuardExpiryOptions) {
    this.#options = options;
  }

  /** After a claim, which has just asked where the logs begin. */
  readonly afterClaim = ({ topic, partitions }: ClaimRequest): Promise<void> => {
    const { database, pipeline } = this.#options;
    const starts = partitions.map(({ partition, later }) => ({ partition, low: later }));
    return withConnection(database, `${pipeline}/after-claim`, (client) => this.#expire(client, topic, starts));
  };

  /** Runs `work`, and looks once and then every hour until it has ended: topic after topic, in one session. */
  async during<T>(admin: Admin, topics: () => Promise<readonly string[]>, work: () => Promise<T>): Promise<T> {
    const { database, pipeline, logger, first = minute } = this.#options;
    const lookThrough = async () => {
      const names = await topics();
      await withConnection(database, `${pipeline}/expiry`, async (client) => {
        for (const topic of names) await this.#expire(client, topic, await partitionRanges(admin, topic));
      });
    };
    const look = () => {
      lookThrough().catch((error: unknown) =>
        logger.warn({ error: messageOf(error) }, 'guards of deleted keys did not expire'),
      );
    };
    const once = setTimeout(look, first);
    const timer = setInterval(look, hour);
    try {
      return await work();
    } finally {
      clearTimeout(once);
      clearInterval(timer);
    }
  }

  async #expire(client: pg.Client, topic: string, lows: readonly LogStart[]): Promise<void> {
    for (const table of await guardedTables(client, topic)) {
      const expired = await expireGuards(client, table, topic, lows);
      if (expired > 0) this.#options.logger.info({ table, expired }, 'guards of keys deleted long ago have expired');
    }
  }
}
