/**
 * The Kafka source. kafkajs's committed offsets mean nothing to it: what is read, and from where, `Ownership` decides.
 * Returning from `eachBatch` means accepted; durable is what the checkpoint says. Kafka is told afterwards, for lag tools.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { Observable, Subject } from 'rxjs';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Claims, Logger, OnLostPosition, Source } from '../../pipeline/ports.ts';
import type { Window } from '../../pipeline/window.ts';
import { onClockSetBack } from './clock-set-back.ts';
import { consumerConfig, heartbeatInterval } from './consumer-config.ts';
import { disproved, lossBefore, markOf } from './continuity.ts';
import { commitOffsetsForMonitoring } from './courtesy-commit.ts';
import { takeCredit } from './credit.ts';
import { type Forget, GroupMember } from './group-member.ts';
import { Idleness } from './idleness.ts';
import { Inquiry } from './inquiry.ts';
import { Ownership } from './ownership.ts';
import { PartitionClaim } from './partition-claim.ts';
import { inPieces } from './pieces.ts';
import { rawRecords } from './record-batches.ts';
import { Silence } from './silence.ts';
import { Stalls } from './stalls.ts';
import type { TopicPartition } from './topic-partition.ts';
import { TopicWatch } from './topic-watch.ts';
import { describeTopics, type Topics } from './topics.ts';

/** What the source reads and what it works with. */
export type KafkaSourceOptions = {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: Topics;
  /** Where a pipeline's first start begins. */
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  readonly window: Window;
  readonly logger: Logger;
  readonly events: Events;
  /** Overrides for tests and tuning. */
  readonly consumer?: Partial<ConsumerConfig>;
};

/** Milliseconds between telling Kafka what is durable. */
const tellInterval = 1_000;
/** Milliseconds that leaving the group may take. */
const leaveLimit = 5_000;
/** The part of kafkajs's batch events that is used; `firstOffset` is null when compaction took all records. */
type BatchOffsets = TopicPartition & { readonly firstOffset: string | null; readonly lastOffset: string };

/** Reads topics as a member of a consumer group. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #out = new Subject<Batch<RawRecord>>();
  readonly #topics: TopicWatch;
  readonly #member: GroupMember;
  readonly #ownership: Ownership;
  readonly #inquiry: Inquiry;
  readonly #idleness: Idleness;
  readonly #stalls: Stalls;
  readonly #silence: Silence;
  #stopping = false;
  #teller: NodeJS.Timeout | undefined;
  #unwatchClock = () => {};
  #stayed: Promise<void> = Promise.resolve();

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    const { kafka, groupId, topics, logger, events, consumer = {} } = options;
    const config = consumerConfig(groupId, consumer);
    this.#stalls = new Stalls(config.maxWaitTimeInMs ?? 0);
    this.#silence = new Silence(events, describeTopics(topics));
    const inquiry = new Inquiry(kafka);
    this.#inquiry = inquiry;
    this.#topics = new TopicWatch({ topics, inquiry, logger, events, onChange: () => this.#member.rejoin() });
    this.#member = new GroupMember({
      kafka,
      config,
      logger,
      events,
      topics: this.#topics,
      listen: (listened) => this.#listen(listened),
      eachBatch: (payload) => this.#idleness.during(() => this.#accept(payload)),
      beforeLeaving: () => this.#tell(),
      onLeft: () => this.#ownership.left(),
    });
    this.#ownership = new Ownership({
      ...options,
      // What was produced to a new topic before it was noticed is to be read, too (rule 6).
      from: (topic) => (this.#topics.cameLater(topic) ? 'earliest' : options.from),
      consumer: () => this.#member.consumer,
      stalls: () => this.#stalls.count,
      onChange: () => this.#idleness.end(),
      onError: (error) => this.#fail(error),
    });
    this.#idleness = new Idleness({
      inquiry,
      logger,
      claims: () => this.#ownership.claims,
      onLoss: (claim, loss) => this.#ownership.losePosition(claim, loss),
    });
  }

  batches(): Observable<Batch<RawRecord>> {
    return new Observable((subscriber) => {
      const subscription = this.#out.subscribe(subscriber);
      this.#start();
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

  postpone(claim: Claim, isHeld = false): void {
    this.#ownership.postpone(claim, isHeld);
  }

  stop(): void {
    if (this.#stopping) return;
    this.#options.events.emit({ type: 'stopping', ...this.#progress() });
    this.#takeNoMore();
    this.#out.complete();
  }

  async close(): Promise<void> {
    this.#takeNoMore();
    clearInterval(this.#teller);
    this.#unwatchClock();
    this.#member.leave();
    const left = Promise.all([this.#stayed, this.#inquiry.close()]);
    const inTime = await Promise.race([left, sleep(leaveLimit, false, { ref: false })]);
    this.#options.events.emit({ type: 'left', inTime: Boolean(inTime) });
  }

  /** What is owned, for the log and for `--until-caught-up`. */
  positions(): readonly Pick<PartitionClaim, 'topic' | 'partition' | 'durable' | 'logEnd'>[] {
    return this.#ownership.claims;
  }

  /** Whether it is one of the topics that are read now. One that was deleted is none. */
  reads(topic: string): boolean {
    return this.#topics.now.includes(topic);
  }

  /** Everything of the present join is claimed, and no last durable record is still to be seen again. */
  get settled(): boolean {
    if (this.#topics.none) return true;
    if (!this.#ownership.complete) return false;
    return this.quiet || this.#ownership.claims.every(({ open, proofPending }) => open && !proofPending);
  }

  /** True when fetches bring nothing more and all that was taken is durable. */
  get quiet(): boolean {
    return this.#idleness.quiet;
  }

  #start(): void {
    this.#silence.broken();
    this.#teller = setInterval(() => {
      void this.#tell();
      if (!this.#stopping) this.#silence.notice(this.#topics.now.length > 0 && !this.#idleness.busy);
    }, tellInterval);
    this.#teller.unref();
    this.#unwatchClock = onClockSetBack(() => this.#clockSetBack());
    this.#topics.start();
    this.#stayed = this.#member.stay().catch((error) => this.#fail(error));
  }

  #listen(consumer: Consumer): readonly Forget[] {
    const { GROUP_JOIN, HEARTBEAT, END_BATCH_PROCESS, FETCH_START, FETCH } = consumer.events;
    return [
      consumer.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
        const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        );
        this.#ownership.joined(assigned);
      }),
      consumer.on(HEARTBEAT, () => this.#ownership.heartbeat()),
      consumer.on(END_BATCH_PROCESS, ({ payload }) => {
        if (payload.batchSize === 0) this.#passControlRecords(payload);
      }),
      consumer.on(FETCH_START, ({ payload }) => this.#stalls.fetchStarts(String(payload.nodeId))),
      consumer.on(FETCH, () => {
        this.#silence.broken();
        this.#idleness.fetched();
      }),
    ];
  }

  /** kafkajs would send no heartbeat until the clock is where it was. */
  #clockSetBack(): void {
    if (this.#stopping) return;
    this.#options.events.emit({ type: 'clockSetBack', read: describeTopics(this.#options.topics) });
    this.#member.rejoin();
  }

  async #accept({ batch, heartbeat, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { window } = this.#options;
    this.#stalls.batchFetched();
    const claim = this.#ownership.openClaim(batch);
    if (!claim || this.#stopping || isStale() || this.#mustProve(claim)) return;
    const first = BigInt(batch.firstOffset() ?? claim.next);
    const to = BigInt(batch.lastOffset()) + 1n;
    const messages = rawRecords(batch.messages);
    const loss = (await lossBefore(first, claim, this.#inquiry)) ?? disproved(claim, messages[0]);
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
  #passControlRecords({ topic, partition, firstOffset, lastOffset }: BatchOffsets): void {
    const claim = this.#ownership.openClaim({ topic, partition });
    const to = BigInt(lastOffset) + 1n;
    if (!claim || this.#stopping || BigInt(firstOffset ?? lastOffset) > claim.next) return;
    if (to <= claim.next || this.#mustProve(claim)) return;
    this.#emit(claim, to, 0, []);
    // A seek that is not done yet would begin below what has now been passed.
    this.#member.consumer.seek({ topic, partition, offset: String(claim.readFrom) });
  }

  /** After a pause of this process nothing is read on before the last record has been seen again (rule 16). */
  #mustProve(claim: PartitionClaim): boolean {
    if (claim.stalls === this.#stalls.count) return false;
    claim.stalls = this.#stalls.count;
    if (!claim.proveAgain()) return false;
    const { topic, partition, readFrom } = claim;
    this.#member.consumer.seek({ topic, partition, offset: String(readFrom) });
    return true;
  }

  /** How much is taken and not durable yet, for the log. */
  #progress(): { readonly partitions: number; readonly offsetsTaken: number } {
    const { claims } = this.#ownership;
    return {
      partitions: claims.length,
      offsetsTaken: claims.reduce((sum, one) => sum + Number(one.next - one.durable), 0),
    };
  }

  async #tell(): Promise<void> {
    await commitOffsetsForMonitoring(() => this.#member.consumer, this.#ownership.claims, this.#options.logger);
  }

  #takeNoMore(): void {
    this.#stopping = true;
    this.#topics.stop();
    this.#member.stop();
    this.#ownership.stop();
  }

  #fail(error: unknown): void {
    if (this.#stopping) {
      this.#options.logger.debug({ error: messageOf(error) }, 'an error while stopping');
      return;
    }
    this.#takeNoMore();
    this.#out.error(error);
  }
}
