/**
 * The Kafka source. kafkajs's committed offsets mean nothing to it: what is read, and from where, `Ownership` decides.
 * Returning from `eachBatch` means accepted; durable is what the checkpoint says. Kafka is told afterwards, for lag tools.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { Observable, Subject } from 'rxjs';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { diagnose, messageOf } from '../../pipeline/errors.ts';
import type { Claims, Logger, OnLostPosition, Source } from '../../pipeline/ports.ts';
import type { Window } from '../../pipeline/window.ts';
import { onClockSetBack } from './clock-set-back.ts';
import { consumerConfig, heartbeatInterval } from './consumer-config.ts';
import { disproved, lossBefore, markOf } from './continuity.ts';
import { tellKafka } from './courtesy-commit.ts';
import { takeCredit } from './credit.ts';
import { Ownership } from './ownership.ts';
import { PartitionClaim } from './partition-claim.ts';
import { inPieces } from './pieces.ts';
import { lossIn } from './position.ts';
import { keepHeadersUnread, rawRecords } from './record-headers.ts';
import { Silence } from './silence.ts';
import { Stalls } from './stalls.ts';
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
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  readonly window: Window;
  readonly logger: Logger;
  /** Overrides for tests and tuning. */
  readonly consumer?: Partial<ConsumerConfig>;
};

/** Milliseconds between telling Kafka what is durable. */
const tellInterval = 1_000;
/** Milliseconds that leaving the group may take. */
const leaveLimit = 5_000;
/** Milliseconds before a consumer that kafkajs gave up is started again. */
const restartDelay = 1_000;
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
  readonly #ownership: Ownership;
  readonly #stalls: Stalls;
  #stopping = false;
  #teller: NodeJS.Timeout | undefined;
  #unwatchClock = () => {};
  #started: Promise<void> = Promise.resolve();
  /** The last `run`: until it has joined, kafkajs's `stop` would end nothing. */
  #running: Promise<void> = Promise.resolve();
  #rejoining = false;
  readonly #silence: Silence;
  /** Fetches in a row that brought nothing: the end of what may be read (rule 5). */
  #quietFetches = 0;
  /** The log still holds the positions since when fetches bring nothing. */
  #idleChecked = false;
  #busyBatches = 0;
  /** A look at the log that is under way. Left alone it would open its client's connection again after the end. */
  #idleCheck: Promise<void> = Promise.resolve();

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    keepHeadersUnread();
    const { kafka, groupId, consumer = {} } = options;
    const config = consumerConfig(groupId, consumer, () => !this.#stopping);
    this.#consumer = kafka.consumer(config);
    this.#stalls = new Stalls(config.maxWaitTimeInMs ?? 0);
    this.#silence = new Silence(options.logger, options.topic);
    this.#ownership = new Ownership({
      ...options,
      consumer: this.#consumer,
      stalls: () => this.#stalls.count,
      onChange: () => this.#notQuiet(),
      onError: (error) => this.#fail(error),
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
    this.#ownership.lose(claim);
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#ownership.stop();
    this.#out.complete();
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#ownership.stop();
    clearInterval(this.#teller);
    this.#unwatchClock();
    const leave = async () => {
      await this.#idleCheck;
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
    return this.#ownership.claims;
  }

  /** Everything of the present join is claimed, and no last durable record is still to be seen again. */
  get settled(): boolean {
    if (!this.#ownership.complete) return false;
    return this.quiet || this.#ownership.claims.every(({ open, proofPending }) => open && !proofPending);
  }

  /** True when fetches bring nothing more and all that was taken is durable. */
  get quiet(): boolean {
    if (this.#quietFetches < quietAfter || !this.#idleChecked || this.#busyBatches > 0) return false;
    return this.#ownership.claims.every((claim) => claim.durable === claim.next);
  }

  async #start(): Promise<void> {
    const { topic } = this.#options;
    const consumer = this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      this.#ownership.joined(payload.memberAssignment[topic] ?? []),
    );
    consumer.on(consumer.events.HEARTBEAT, () => this.#ownership.heartbeat());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#ownership.left();
      if (!payload.restart) this.#startAgain(payload.error).catch((error) => this.#fail(error));
      else this.#options.logger.warn({ error: messageOf(payload.error) }, 'the Kafka consumer failed and starts again');
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#passControlRecords(payload);
    });
    consumer.on(consumer.events.FETCH_START, ({ payload }) => this.#stalls.fetchStarts(String(payload.nodeId)));
    consumer.on(consumer.events.FETCH, () => {
      this.#quietFetches += 1;
      this.#silence.broken();
      if (this.#quietFetches % idleCheckEvery === quietAfter) this.#idleCheck = this.#checkIdle();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    if (this.#stopping) return;
    this.#silence.broken();
    this.#teller = setInterval(() => {
      void this.#tell();
      if (!this.#stopping) this.#silence.notice(this.#busyBatches > 0);
    }, tellInterval);
    this.#teller.unref();
    this.#unwatchClock = onClockSetBack(() => this.#rejoin().catch((error) => this.#fail(error)));
    await this.#run();
  }

  #run(): Promise<void> {
    const run = async () => {
      if (this.#stopping) return;
      // Only what was taken counts as read: a batch that is given up must not move kafkajs's position.
      const eachBatchAutoResolve = false;
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve,
        eachBatch: (payload) => this.#accept(payload),
      });
    };
    this.#running = this.#running.catch(() => undefined).then(run);
    return this.#running;
  }

  /** Leaves the group and joins it again: kafkajs would send no heartbeat until the clock is where it was. */
  async #rejoin(): Promise<void> {
    if (this.#stopping || this.#rejoining) return;
    this.#rejoining = true;
    this.#options.logger.warn({ topic: this.#options.topic }, 'the clock was set back; the group is joined again');
    try {
      await this.#running.catch(() => undefined);
      // Until then nothing is ours: what waits for credit is given up, so that the consumer can stop.
      this.#ownership.left();
      await this.#consumer.stop();
      await this.#run();
    } finally {
      this.#rejoining = false;
    }
  }

  /** kafkajs gives up where no broker knows the coordinator of the group, which is how a broker that stops looks. */
  async #startAgain(error: unknown): Promise<void> {
    const { reaction, advice, code } = diagnose(error);
    if (reaction !== 'retry') throw error;
    this.#options.logger.warn({ code, error: messageOf(error) }, advice);
    await sleep(restartDelay, undefined, { ref: false });
    if (!this.#stopping) await this.#run();
  }

  async #accept({ batch, heartbeat, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { admin, window } = this.#options;
    this.#notQuiet();
    this.#stalls.batchFetched();
    this.#busyBatches += 1;
    try {
      const claim = this.#ownership.openClaim(batch.partition);
      if (!claim || this.#stopping || isStale() || this.#mustProve(claim)) return;
      const first = BigInt(batch.firstOffset() ?? claim.next);
      const to = BigInt(batch.lastOffset()) + 1n;
      const messages = rawRecords(batch.messages);
      const loss = (await lossBefore(first, claim, admin)) ?? disproved(claim, messages[0]);
      if (loss) return this.#ownership.losePosition(claim, loss);
      // At most the record that was compared.
      const records = BigInt(messages[0]?.offset ?? to) < claim.next ? messages.slice(1) : messages;
      if (to === claim.next) return resolveOffset(String(to - 1n));
      const ended = () => !claim.open || this.#stopping;
      for (const { records: piece, bytes } of inPieces(records)) {
        if (ended() || !(await takeCredit({ window, bytes, heartbeatInterval, heartbeat, ended }))) return;
        claim.logEnd = BigInt(batch.highWatermark);
        const last = piece.at(-1);
        const end = last === undefined || last === records.at(-1) ? to : BigInt(last.offset) + 1n;
        this.#emit(claim, end, bytes, piece);
        // Should the heartbeat fail, what was taken is not fetched again.
        resolveOffset(String(end - 1n));
        await heartbeat();
      }
    } finally {
      this.#busyBatches -= 1;
    }
  }

  #emit(claim: PartitionClaim, to: bigint, bytes: number, records: readonly RawRecord[]): void {
    const from = claim.next;
    const mark = markOf(records.at(-1));
    claim.sent(to, mark?.hash);
    this.#out.next({ claim, from, to, bytes, read: records.length, records, filtered: 0, parked: [], mark });
  }

  /**
   * Control records and aborted transactions reach no `eachBatch`, and the checkpoint must pass them (rule 4). Unlike
   * `eachBatch`, kafkajs tells of them even when they were fetched before a seek; so they count only where they begin
   * at or below the offset expected next: beyond a gap there may be records.
   */
  #passControlRecords({ partition, firstOffset, lastOffset }: BatchOffsets): void {
    const claim = this.#ownership.openClaim(partition);
    const to = BigInt(lastOffset) + 1n;
    if (!claim || this.#stopping || BigInt(firstOffset ?? lastOffset) > claim.next) return;
    if (to <= claim.next || this.#mustProve(claim)) return;
    this.#emit(claim, to, 0, []);
    // A seek that is not done yet would begin below what has now been passed.
    this.#consumer.seek({ topic: claim.topic, partition, offset: String(claim.readFrom) });
  }

  /** After a pause of this process nothing is read on before the last record has been seen again (rule 16). */
  #mustProve(claim: PartitionClaim): boolean {
    if (claim.stalls === this.#stalls.count) return false;
    claim.stalls = this.#stalls.count;
    if (!claim.proveAgain()) return false;
    const { topic, partition, readFrom } = claim;
    this.#consumer.seek({ topic, partition, offset: String(readFrom) });
    return true;
  }

  /** Where no record comes there is no gap to see, so an idle position is compared with the log itself (rule 16). */
  async #checkIdle(): Promise<void> {
    const { topic, admin, logger } = this.#options;
    if (this.#stopping) return;
    const idle = this.#ownership.claims.map((claim) => ({ claim, next: claim.next }));
    try {
      const ranges = await partitionRanges(admin, topic);
      // A batch that waits for credit may hold the very records that the log has given up.
      if (this.#busyBatches > 0) return;
      for (const { claim, next } of idle) {
        const range = ranges.find(({ partition }) => partition === claim.partition);
        const loss = range && lossIn(next, range);
        if (loss && claim.next === next) this.#ownership.losePosition(claim, loss);
      }
      this.#idleChecked = true;
    } catch (error) {
      logger.debug({ topic, error: messageOf(error) }, 'Kafka did not say where the log begins and ends');
    }
  }

  #notQuiet(): void {
    this.#quietFetches = 0;
    this.#idleChecked = false;
  }

  #tell(): Promise<void> {
    return tellKafka(this.#consumer, this.#ownership.claims, this.#options.logger);
  }

  #fail(error: unknown): void {
    if (this.#stopping) {
      this.#options.logger.debug({ error: messageOf(error) }, 'an error while stopping');
      return;
    }
    this.#stopping = true;
    this.#ownership.stop();
    this.#out.error(error);
  }
}
