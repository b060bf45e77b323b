/**
 * Schedules the expiry of guard rows of deleted keys (rule 12): after each claim of a single topic, and every hour, because
 * a group at rest claims nothing. Only one process an hour does it for each table.
 */
import type { Admin } from 'kafkajs';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import type { Guards, TopicStarts } from '../../engines/contract.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { ClaimRequest, Logger } from '../../pipeline/ports.ts';

/** Time between two passes. */
const intervalMs = 3_600_000;

/** Delay of the first pass: the start of a process has more urgent work. */
const defaultFirstDelayMs = 60_000;

/** The pipeline whose guard rows expire. */
export type GuardExpiryOptions = {
  readonly guards: Guards;
  readonly pipeline: string;
  readonly logger: Logger;
  /** Delay of the first pass; a minute if absent. */
  readonly firstDelayMs?: number;
};

/** Expires guard rows of the tables that the topics feed. Errors are only logged: the expiry just saves disk space. */
export class GuardExpiry {
  readonly #options: GuardExpiryOptions;

  constructor(options: GuardExpiryOptions) {
    this.#options = options;
  }

  /** Runs after a claim, which has just read the start offsets of the logs. */
  readonly afterClaim = ({ topic, partitions }: ClaimRequest): Promise<void> => {
    const starts = partitions.map(({ partition, later }) => ({ partition, low: later }));
    return this.#expire('after-claim', [{ topic, starts }]);
  };

  /** Runs `work`, with a first pass after the delay and one every hour. A pass handles all topics in one session. */
  async during<T>(admin: Admin, topics: () => Promise<readonly string[]>, work: () => Promise<T>): Promise<T> {
    const { logger, firstDelayMs = defaultFirstDelayMs } = this.#options;
    const expireAll = async () => {
      const found: TopicStarts[] = [];
      for (const topic of await topics()) found.push({ topic, starts: await partitionRanges(admin, topic) });
      await this.#expire('expiry', found);
    };
    const pass = () => {
      expireAll().catch((error: unknown) =>
        logger.warn({ error: messageOf(error) }, 'could not expire the guard rows of deleted keys'),
      );
    };
    const first = setTimeout(pass, firstDelayMs);
    const timer = setInterval(pass, intervalMs);
    try {
      return await work();
    } finally {
      clearTimeout(first);
      clearInterval(timer);
    }
  }

  async #expire(session: string, topics: readonly TopicStarts[]): Promise<void> {
    const { guards, pipeline, logger } = this.#options;
    for (const { table, expired } of await guards.expire(`${pipeline}/${session}`, topics))
      logger.info({ table, expired }, 'expired guard rows of deleted keys');
  }
}
