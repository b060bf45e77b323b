/**
 * The end that a replication reads to until it has caught up: that of the topics, once the connectors that feed them have read the
 * rows that were there. Before that topics are missing or hold a part of their tables. While a snapshot runs for long, what
 * it has brought so far is read already.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicRange } from '../../adapters/kafka/topics/topics.ts';
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { lookAtCaptured } from '../connectors/captured.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { saying, verdict } from '../connectors/verdict.ts';
import { withinLimit } from '../within-limit.ts';

/** Whom to ask. */
export type SnapshotSource = {
  /** Where the topics that are read end now. */
  readonly newest: () => Promise<readonly TopicRange[]>;
  /** Whether a topic of this name is read. */
  readonly isRead: (topic: string) => boolean;
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  readonly logger: Logger;
  readonly stop: AbortSignal;
};

/** Milliseconds between two looks. */
const interval = 2_000;

/** Milliseconds that a snapshot is waited for before what it has brought is read. */
const patience = 15_000;

/** Milliseconds without a new record after which a snapshot is not waited for any more. The last look of the run names it then. */
const stallLimit = 120_000;

/** Milliseconds for Kafka Connect and the source to answer one look. */
const lookLimit = 20_000;

/** Why more is to come. */
type Running = {
  /** How far it is, for people. */
  readonly said: string;
  /**
   * `reads`: rows are still read. `hands over`: all are read, and the last of them may be on their way to Kafka. `silent`: no
   * snapshot runs, and there is no topic; the first change may be on its way.
   */
  readonly state: 'reads' | 'hands over' | 'silent';
};

/** The first snapshots of the connectors that feed a replication. */
export class FirstSnapshot {
  readonly #asked: SnapshotSource;
  #runs = false;
  #wasUnknown = false;
  #ends: readonly TopicRange[] = [];
  #changed = performance.now();

  constructor(asked: SnapshotSource) {
    this.#asked = asked;
  }

  /** Whether one still ran when the ends were taken: then there is more to read. */
  get runs(): boolean {
    return this.#runs;
  }

  /** The ends, as soon as every snapshot is over or has been waited for long enough. */
  async ends(): Promise<readonly TopicRange[]> {
    const { logger, stop } = this.#asked;
    const since = performance.now();
    let former: Running | null = null;
    await this.#takeEnds();
    for (;;) {
      const running = await this.#look();
      const isQuiet = !(await this.#takeEnds());
      if (running === 'unknown') {
        // What is there is read. Whether that was all is asked once more.
        this.#runs = !this.#wasUnknown;
        this.#wasUnknown = true;
        return this.#ends;
      }
      this.#wasUnknown = false;
      const now = performance.now();
      const hasHandedOver = former?.state === 'hands over' && running?.state === 'hands over' && isQuiet;
      const isOver = !running || hasHandedOver || (running.state === 'silent' && now - since > patience);
      this.#runs = !isOver;
      if (isOver || stop.aborted) return this.#ends;
      if (now - this.#changed > stallLimit) {
        logger.warn({}, `no record has come for ${stallLimit / 1000} s, so it is not waited for: ${running.said}`);
        this.#runs = false;
        return this.#ends;
      }
      if (this.#ends.length > 0 && now - since > patience) {
        logger.info({}, `reading what has come so far: ${running.said}`);
        return this.#ends;
      }
      if (!former) logger.info({}, `waiting: ${running.said}`);
      former = running;
      await sleep(interval, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** Answers whether there are more records than before. */
  async #takeEnds(): Promise<boolean> {
    const ends = await this.#asked.newest();
    const textOf = (some: readonly TopicRange[]) =>
      some.map(({ topic, partition, high }) => `${topic} ${partition} ${high}`).join('\n');
    const isNew = textOf(ends) !== textOf(this.#ends);
    if (isNew) this.#changed = performance.now();
    this.#ends = ends;
    return isNew;
  }

  /** What is waited for: of several first what reads; null where nothing is, or nobody is there to ask. */
  async #look(): Promise<Running | 'unknown' | null> {
    const { source, connectUrl, isRead, logger } = this.#asked;
    if (source === undefined || connectUrl === undefined) return null;
    const look = async (): Promise<Running | null> => {
      const connect = connectClient(connectUrl);
      const topics = this.#ends.map(({ topic }) => topic);
      let less: Running | null = null;
      for (const { name, config } of await feedingConnectors(connect, topics, isRead)) {
        const status = await connect.status(name);
        const { health, works } = status ? verdict(status) : { health: 'failed', works: false };
        // Who rests or has failed brings nothing; the last look of the run tells it.
        if (/^(failed|paused|stopped)/.test(health)) continue;
        if (!snapshotRuns(await connect.offsets(name))) {
          if (topics.length === 0) less ??= { said: `connector ${name} has brought no record yet`, state: 'silent' };
          continue;
        }
        if (!works) return { said: `connector ${name} ${saying(health)}`, state: 'reads' };
        const { snapshot, remark } = await lookAtCaptured(source, config, { isRunning: true, isSnapshot: true });
        if (remark !== null) continue;
        if (snapshot !== null) return { said: `connector ${name}: ${snapshot}`, state: 'reads' };
        const said = `connector ${name}: snapshot: handing over the last rows`;
        if (less?.state !== 'hands over') less = { said, state: 'hands over' };
      }
      return less;
    };
    try {
      return await withinLimit(look(), lookLimit);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'nobody says whether a snapshot runs');
      return 'unknown';
    }
  }
}
