/**
 * The Kafka source. kafkajs's committed offsets mean nothing to it: every join of the group pauses what was assigned,
 * lets running transactions end, claims the partitions at the checkpoint, seeks there and resumes (rule 13).
 * Returning from `eachBatch` means accepted; durable is what the checkpoint says. Kafka is told afterwards, for lag tools.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, ConsumerConfig, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { Observable, Subject } from 'rxjs';
import { backoff } from '../../pipeline/backoff.ts';
import type { Batch, Claim, Mark } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { diagnose, messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Claims, Logger, Source } from '../../pipeline/ports.ts';
import { recordBytes } from '../../pipeline/record-bytes.ts';
import type { Window } from '../../pipeline/window.ts';
import { PartitionClaim } from './partition-claim.ts';
import { lostPosition, requireWithinLog } from './position.ts';
import { partitionRanges } from './topic.ts';

/** What the source reads and what it works with. */
export type KafkaSourceOptions = {
  readonly kafka: Kafka;
  /** A connected admin client; stays the caller's. */
  readonly admin: Admin;
  readonly groupId: string;
  readonly topic: string;
  /** Where a pipeline's first start begins. */
  readonly from: 'earliest' | 'latest';
  readonly claims: Claims;
  readonly window: Window;
  readonly logger: Logger;
  /** Overrides for tests and tuning. */
  readonly consumer?: Partial<ConsumerConfig>;
};

/** Milliseconds between heartbeats while waiting for credit, and between telling Kafka what is durable. */
const heartbeatInterval = 1_000;
const tellInterval = 1_000;
/**
 * Milliseconds without an answer to a fetch until Kafka counts as silent. An idle fetch answers after 0.5 s, but a join
 * may wait for a member that died, which takes its session timeout of 10 s.
 */
const silentAfter = 12_000;
/** Milliseconds that leaving the group may take. */
const leaveLimit = 5_000;
/** Fetches in a row that bring nothing until there is nothing, and until an idle position is compared again. */
const quietAfter = 4;
const idleCheckEvery = 100;

/** The part of kafkajs's batch events that is used; `firstOffset` is null when compaction took all records. */
type BatchOffsets = { readonly partition: number; readonly firstOffset: string | null; readonly lastOffset: string };

/** Reads one topic as a member of a consumer group. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #consumer: Consumer;
  readonly #out = new Subject<Batch<RawRecord>>();
  readonly #claims = new Map<number, PartitionClaim>();
  /** Claims of before with batches on their way: until these are back, nothing is claimed anew. */
  readonly #retired = new Set<PartitionClaim>();
  #join = 0;
  #stopping = false;
  #clusterId: string | null = null;
  #teller: NodeJS.Timeout | undefined;
  #started: Promise<void> = Promise.resolve();
  #lastFetch = Date.now();
  #silent = false;
  /** Fetches in a row that brought nothing: the end of what may be read (rule 5). */
  #quietFetches = 0;
  /** The log still holds the positions since when fetches bring nothing. */
  #idleChecked = false;
  #busyBatches = 0;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    const { minBytes = 1 } = options.consumer ?? {};
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      // With the default of 30 s the replacement of a killed worker waits that long (rule 13).
      sessionTimeout: 10_000,
      heartbeatInterval,
      // A paused join sleeps this long before it looks again.
      maxWaitTimeInMs: 500,
      // Smaller fetches than kafkajs's 1 MiB cost no throughput and hold less at once (measured by bench/pipeline.ts).
      maxBytesPerPartition: Math.max(512 * 1024, minBytes),
      // A fetch that may hold less than it must would always wait, with a backlog too.
      maxBytes: Math.max(10 * 1024 * 1024, minBytes),
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      // A consumer that fails while it is being stopped must not come back.
      retry: { restartOnFailure: async () => !this.#stopping },
      ...options.consumer,
    });
  }

  batches(): Observable<Batch<RawRecord>> {
    return new Observable((subscriber) => {
      const subscription = this.#out.subscribe(subscriber);
      this.#started = this.#start().catch((error) => this.#fail(error));
      return subscription;
    });
  }

  release(batch: Batch<unknown>, fate: 'durable' | 'dropped'): void {
    this.#options.window.release(batch.bytes);
    if (!(batch.claim instanceof PartitionClaim)) return;
    batch.claim.returned();
    if (fate === 'durable') batch.claim.durable = batch.to;
  }

  lose(claim: Claim): void {
    if (claim.revoked || !(claim instanceof PartitionClaim)) return;
    this.#retire(claim);
    if (this.#stopping) return;
    const { topic, partition, index } = claim;
    this.#consumer.pause([{ topic, partitions: [partition] }]);
    this.#options.logger.warn({ topic, partition }, 'another worker took the partition over');
    // Kafka may still count this member as the owner: then it claims again, later, without leaving the group (rule 14).
    const join = this.#join;
    sleep(backoff(6), undefined, { ref: false })
      .then(() => this.#takeOver(join, [partition], index))
      .catch((error) => this.#fail(error));
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const { topic } = this.#options;
    try {
      this.#consumer.pause([...this.#claims.keys()].map((partition) => ({ topic, partitions: [partition] })));
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was stopped');
    }
    this.#out.complete();
  }

  async close(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#teller);
    const leave = async () => {
      await this.#tell();
      // Before `run` has returned there is nothing that `disconnect` could end.
      await this.#started;
      await this.#consumer.disconnect();
      return true;
    };
    const left = leave().catch((error) => {
      this.#options.logger.debug({ error: messageOf(error) }, 'leaving the group failed');
      return true;
    });
    const inTime = await Promise.race([left, sleep(leaveLimit, false, { ref: false })]);
    if (!inTime) this.#options.logger.warn({}, 'Kafka did not answer when leaving the group');
  }

  /** What is owned, for the log and for `--until-caught-up`. */
  positions(): readonly Pick<PartitionClaim, 'partition' | 'durable' | 'logEnd'>[] {
    return [...this.#claims.values()];
  }

  /** True when fetches bring nothing more and all that was taken is durable. */
  get quiet(): boolean {
    if (this.#quietFetches < quietAfter || !this.#idleChecked || this.#busyBatches > 0) return false;
    return [...this.#claims.values()].every((claim) => claim.durable === claim.next);
  }

  async #start(): Promise<void> {
    const { topic, admin } = this.#options;
    this.#clusterId = (await admin.describeCluster()).clusterId || null;
    const consumer = this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#joined(payload.memberAssignment[topic] ?? []));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#fail(payload.error);
      else this.#options.logger.warn({ error: messageOf(payload.error) }, 'the Kafka consumer failed and starts again');
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#passControlRecords(payload);
    });
    consumer.on(consumer.events.FETCH, () => {
      this.#quietFetches += 1;
      this.#lastFetch = Date.now();
      if (this.#quietFetches % idleCheckEvery === quietAfter) void this.#checkIdle();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    if (this.#stopping) return;
    this.#lastFetch = Date.now();
    this.#teller = setInterval(() => {
      void this.#tell();
      this.#noticeSilence();
    }, tellInterval);
    this.#teller.unref();
    await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#accept(payload) });
  }

  /** GROUP_JOIN listeners are not awaited by kafkajs, so everything up to the pause happens in this turn (rule 13). */
  #joined(partitions: readonly number[]): void {
    const { topic, logger } = this.#options;
    for (const claim of [...this.#claims.values()]) this.#retire(claim);
    this.#join += 1;
    this.#notQuiet();
    if (this.#stopping) return;
    this.#consumer.pause([{ topic, partitions: [...partitions] }]);
    logger.info({ topic, partitions }, 'joined the group');
    this.#takeOver(this.#join, partitions, 0).catch((error) => this.#fail(error));
  }

  #retire(claim: PartitionClaim): void {
    claim.revoked = true;
    this.#claims.delete(claim.partition);
    this.#retired.add(claim);
    void claim.drained().then(() => this.#retired.delete(claim));
  }

  /** Claims partitions of the present join, once what is on its way under the former claims has ended. */
  async #takeOver(join: number, partitions: readonly number[], firstIndex: number): Promise<void> {
    if (partitions.length === 0) return;
    const { topic, logger } = this.#options;
    const current = () => join === this.#join && !this.#stopping;
    await Promise.all([...this.#retired].map((claim) => claim.drained()));
    for (let attempt = 1; current(); attempt += 1) {
      try {
        const claims = await this.#claim(partitions, firstIndex);
        if (!current()) return;
        for (const claim of claims) {
          this.#claims.set(claim.partition, claim);
          this.#consumer.seek({ topic, partition: claim.partition, offset: String(claim.readFrom) });
        }
        this.#consumer.resume([{ topic, partitions: [...partitions] }]);
        this.#notQuiet();
        return;
      } catch (error) {
        const { reaction, advice, code } = diagnose(error);
        if (reaction !== 'retry') throw error;
        logger.warn({ topic, code, attempt, error: messageOf(error) }, advice);
        await sleep(backoff(attempt), undefined, { ref: false });
      }
    }
  }

  async #claim(partitions: readonly number[], firstIndex: number): Promise<PartitionClaim[]> {
    const { topic, admin, claims, from } = this.#options;
    const ranges = await partitionRanges(admin, topic);
    const claimed = await claims.claim({
      topic,
      clusterId: this.#clusterId,
      partitionCount: ranges.length,
      partitions: ranges.map(({ partition, low, high }) => ({
        partition,
        first: from === 'latest' ? high : low,
        later: low,
      })),
      mine: partitions,
    });
    return claimed.map(({ partition, epoch, nextOffset, lastHash }) => {
      const { low, high } = requireWithinLog(topic, partition, nextOffset, ranges);
      const index = firstIndex + partitions.indexOf(partition);
      return new PartitionClaim({ topic, partition, epoch, index, next: nextOffset, low, logEnd: high, lastHash });
    });
  }

  async #accept({ batch, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    this.#notQuiet();
    this.#busyBatches += 1;
    try {
      const claim = this.#claims.get(batch.partition);
      if (!claim || claim.revoked || this.#stopping || isStale()) return;
      const first = BigInt(batch.firstOffset() ?? claim.next);
      const to = BigInt(batch.lastOffset()) + 1n;
      await this.#requireNothingSkipped(claim, first);
      const records = this.#compareWithProof(claim, batch.messages);
      if (to === claim.next) return;
      let bytes = 0;
      for (const record of records) bytes += recordBytes(record);
      if (!(await this.#credit(bytes, claim, heartbeat))) return;
      claim.logEnd = BigInt(batch.highWatermark);
      this.#emit(claim, to, bytes, records);
    } finally {
      this.#busyBatches -= 1;
    }
  }

  #emit(claim: PartitionClaim, to: bigint, bytes: number, records: readonly RawRecord[]): void {
    const from = claim.next;
    claim.sent(to);
    const mark = markOf(records.at(-1));
    this.#out.next({ claim, from, to, bytes, read: records.length, records, filtered: 0, parked: [], mark });
  }

  /**
   * Control records and aborted transactions reach no `eachBatch`, and the checkpoint must pass them (rule 4). Unlike
   * `eachBatch`, kafkajs tells of them even when they were fetched before a seek; so they count only where they begin
   * at or below the offset expected next: beyond a gap there may be records.
   */
  #passControlRecords({ partition, firstOffset, lastOffset }: BatchOffsets): void {
    const claim = this.#claims.get(partition);
    const to = BigInt(lastOffset) + 1n;
    if (!claim || claim.revoked || this.#stopping || BigInt(firstOffset ?? lastOffset) > claim.next) return;
    if (to > claim.next) this.#emit(claim, to, 0, []);
  }

  /** Where no record comes there is no gap to see, so an idle position is compared with the log itself (rule 16). */
  async #checkIdle(): Promise<void> {
    const { topic, admin, logger } = this.#options;
    const idle = [...this.#claims.values()].map((claim) => ({ claim, next: claim.next }));
    try {
      const ranges = await partitionRanges(admin, topic);
      const still = idle.filter(({ claim, next }) => !claim.revoked && claim.next === next);
      for (const { claim, next } of still) requireWithinLog(topic, claim.partition, next, ranges);
      this.#idleChecked = true;
    } catch (error) {
      if (error instanceof PipelineError) this.#fail(error);
      else logger.debug({ topic, error: messageOf(error) }, 'Kafka did not say where the log begins and ends');
    }
  }

  /** kafkajs jumps silently when retention passes its position or a topic is made anew (rule 16). */
  async #requireNothingSkipped(claim: PartitionClaim, first: bigint): Promise<void> {
    const { topic, partition, next } = claim;
    if (first === next || first === claim.readFrom) return;
    if (first < next) throw this.#fatal(lostPosition(topic, partition, `it goes on at ${first}, below ${next}`));
    const ranges = await partitionRanges(this.#options.admin, topic);
    const low = ranges.find((range) => range.partition === partition)?.low ?? first;
    if (low > next) throw this.#fatal(lostPosition(topic, partition, `records from ${next} to ${low} are gone`));
  }

  /**
   * Reading begins at the last durable record, which must be what it was: else the topic was made anew and has grown
   * past the checkpoint (rule 16). Where that record is gone, by compaction for example, there is nothing to compare.
   */
  #compareWithProof(claim: PartitionClaim, messages: readonly KafkaMessage[]): readonly KafkaMessage[] {
    const { lastHash, proofPending, next, topic, partition } = claim;
    if (lastHash === null || !proofPending) return messages;
    claim.proofPending = false;
    const [first] = messages;
    if (first === undefined || BigInt(first.offset) >= next) return messages;
    if (!markOf(first)?.hash.equals(lastHash)) {
      throw this.#fatal(
        lostPosition(topic, partition, `the record at ${first.offset} is not the one that was written`),
      );
    }
    return messages.slice(1);
  }

  /** Says once that Kafka is silent, and once that it is back. */
  #noticeSilence(): void {
    const silent = this.#busyBatches === 0 && Date.now() - this.#lastFetch > silentAfter;
    if (silent === this.#silent || this.#stopping) return;
    this.#silent = silent;
    const { logger, topic } = this.#options;
    if (silent) logger.warn({ topic }, 'Kafka does not answer; it is asked again and again');
    else logger.info({ topic }, 'Kafka answers again');
  }

  /** Waits for credit and keeps the membership alive meanwhile. False when the claim ended first. */
  async #credit(bytes: number, claim: PartitionClaim, heartbeat: () => Promise<void>): Promise<boolean> {
    const { window } = this.#options;
    if (window.tryReserve(bytes)) return true;
    const giveUp = new AbortController();
    const granted = window.reserve(bytes, giveUp.signal);
    const ended = () => claim.revoked || this.#stopping;
    try {
      for (;;) {
        const beat = new AbortController();
        const answer = await Promise.race([granted, pause(heartbeatInterval, beat.signal)]);
        beat.abort();
        if (answer === true && !ended()) return true;
        if (ended()) break;
        await heartbeat();
      }
    } catch (error) {
      giveUp.abort();
      if (await granted) window.release(bytes);
      throw error;
    }
    giveUp.abort();
    if (await granted) window.release(bytes);
    return false;
  }

  #notQuiet(): void {
    this.#quietFetches = 0;
    this.#idleChecked = false;
  }

  /** Commits to Kafka what is durable. A courtesy: a failure costs nothing but the accuracy of lag tools. */
  async #tell(): Promise<void> {
    const news = [...this.#claims.values()].filter((claim) => !claim.revoked && claim.durable > claim.told);
    if (news.length === 0) return;
    const told = news.map((claim) => ({ claim, offset: claim.durable }));
    try {
      await this.#consumer.commitOffsets(
        told.map(({ claim: { topic, partition }, offset }) => ({ topic, partition, offset: String(offset) })),
      );
      for (const { claim, offset } of told) claim.told = offset;
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'Kafka was not told what is durable; it will be');
    }
  }

  #fatal(error: PipelineError): PipelineError {
    this.#fail(error);
    return error;
  }

  #fail(error: unknown): void {
    if (this.#stopping) {
      this.#options.logger.debug({ error: messageOf(error) }, 'an error while stopping');
      return;
    }
    this.#stopping = true;
    this.#out.error(error);
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<'beat'> =>
  sleep(milliseconds, 'beat' as const, { signal, ref: false }).catch(() => 'beat' as const);

/** The last record of a batch, so that a later start can tell whether the topic was replaced. */
function markOf(record: RawRecord | undefined): Mark | null {
  if (!record) return null;
  const hash = createHash('sha256')
    .update(record.key ?? '')
    .update('\n')
    .update(record.value ?? '')
    .digest();
  return { timestamp: record.timestamp, hash };
}
