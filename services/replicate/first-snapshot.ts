/**
 * Determines the end offsets up to which a replication reads with `--until-caught-up`. They are taken after the first snapshot
 * of the connectors, because before that topics are missing or incomplete. During a long snapshot the replication already
 * reads the records that have arrived.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicRange } from '../../adapters/kafka/topics/topics.ts';
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { checkCaptured } from '../connectors/captured.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { describeHealth, verdict } from '../connectors/verdict.ts';
import { withinLimit } from '../within-limit.ts';

/** The topics, and the servers that know about the snapshot. */
export type SnapshotSource = {
  /** Returns the present end offsets of the topics that are read. */
  readonly newest: () => Promise<readonly TopicRange[]>;
  /** Whether a topic of this name is read. */
  readonly isRead: (topic: string) => boolean;
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  readonly logger: Logger;
  readonly stop: AbortSignal;
};

/** Time between two polls. */
const pollIntervalMs = 2_000;

/** Longest wait for a snapshot before the records that have arrived are read. */
const patienceMs = 15_000;

/** Longest wait for a further record of a snapshot. A stalled snapshot is reported at the end of the run. */
const stallLimitMs = 120_000;

/** Longest wait for the answers of Kafka Connect and the source to one poll. */
const pollLimitMs = 20_000;

/** Why further records are expected. */
type Running = {
  /** The progress, in words. */
  readonly description: string;
  /**
   * `reads`: the snapshot still reads rows. `hands over`: all rows are read, but the last ones may not be in Kafka yet.
   * `silent`: no snapshot runs and no topic exists; the first change may not be in Kafka yet.
   */
  readonly state: 'reads' | 'hands over' | 'silent';
};

/** The first snapshots of the connectors that feed a replication. */
export class FirstSnapshot {
  readonly #options: SnapshotSource;
  #isRunning = false;
  #wasUnknown = false;
  #ends: readonly TopicRange[] = [];
  #changedAt = performance.now();

  constructor(options: SnapshotSource) {
    this.#options = options;
  }

  /** Whether a snapshot was still running when the ends were taken: then there is more to read. */
  get runs(): boolean {
    return this.#isRunning;
  }

  /** Resolves with the end offsets once every snapshot has ended, or after the longest wait. */
  async ends(): Promise<readonly TopicRange[]> {
    const { logger, stop } = this.#options;
    const startedAt = performance.now();
    let former: Running | null = null;
    await this.#takeEnds();
    for (;;) {
      const running = await this.#poll();
      const isQuiet = !(await this.#takeEnds());
      if (running === 'unknown') {
        // The records that are there are read, and then the servers are asked once more.
        this.#isRunning = !this.#wasUnknown;
        this.#wasUnknown = true;
        return this.#ends;
      }
      this.#wasUnknown = false;
      const now = performance.now();
      const hasHandedOver = former?.state === 'hands over' && running?.state === 'hands over' && isQuiet;
      const isOver = !running || hasHandedOver || (running.state === 'silent' && now - startedAt > patienceMs);
      this.#isRunning = !isOver;
      if (isOver || stop.aborted) return this.#ends;
      if (now - this.#changedAt > stallLimitMs) {
        logger.warn(
          {},
          `no record has arrived for ${stallLimitMs / 1000} s; no longer waiting: ${running.description}`,
        );
        this.#isRunning = false;
        return this.#ends;
      }
      if (this.#ends.length > 0 && now - startedAt > patienceMs) {
        logger.info({}, `reading the records that have arrived so far: ${running.description}`);
        return this.#ends;
      }
      if (!former) logger.info({}, `waiting: ${running.description}`);
      former = running;
      await sleep(pollIntervalMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** Takes the present end offsets. Returns whether they have changed. */
  async #takeEnds(): Promise<boolean> {
    const ends = await this.#options.newest();
    const textOf = (some: readonly TopicRange[]) =>
      some.map(({ topic, partition, high }) => `${topic} ${partition} ${high}`).join('\n');
    const hasChanged = textOf(ends) !== textOf(this.#ends);
    if (hasChanged) this.#changedAt = performance.now();
    this.#ends = ends;
    return hasChanged;
  }

  /** Returns the running snapshot, one that still reads rows first. Null if none runs, or no server was named. */
  async #poll(): Promise<Running | 'unknown' | null> {
    const { source, connectUrl, isRead, logger } = this.#options;
    if (source === undefined || connectUrl === undefined) return null;
    const poll = async (): Promise<Running | null> => {
      const connect = connectClient(connectUrl);
      const topics = this.#ends.map(({ topic }) => topic);
      let waiting: Running | null = null;
      for (const { name, config } of await feedingConnectors(connect, topics, isRead)) {
        const status = await connect.status(name);
        const { health, works } = status ? verdict(status) : { health: 'failed', works: false };
        // Such a connector sends nothing. It is reported at the end of the run.
        if (/^(failed|paused|stopped)/.test(health)) continue;
        if (!snapshotRuns(await connect.offsets(name))) {
          if (topics.length === 0)
            waiting ??= { description: `connector ${name} has sent no record yet`, state: 'silent' };
          continue;
        }
        if (!works) return { description: `connector ${name} ${describeHealth(health)}`, state: 'reads' };
        const { snapshot, remark } = await checkCaptured(source, config, { isRunning: true, isSnapshot: true });
        if (remark !== null) continue;
        if (snapshot !== null) return { description: `connector ${name}: ${snapshot}`, state: 'reads' };
        const description = `connector ${name}: snapshot: handing over the last rows`;
        if (waiting?.state !== 'hands over') waiting = { description, state: 'hands over' };
      }
      return waiting;
    };
    try {
      return await withinLimit(poll(), pollLimitMs);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'could not find out whether a snapshot is running');
      return 'unknown';
    }
  }
}
