/**
 * The Kafka source. `Ownership` decides what to read and from which offset; offsets committed to Kafka are never read.
 * Returning from `eachBatch` means that the records were emitted. They are durable once the checkpoint has passed them.
 * Kafka's committed offsets follow, for lag tools.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import { Observable, Subject } from 'rxjs';
import type { Batch, Claim } from '../../../pipeline/batch.ts';
import type { RawRecord } from '../../../pipeline/change.ts';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Events } from '../../../pipeline/events.ts';
import type { Claims, Logger, OnLostPosition, Source } from '../../../pipeline/ports.ts';
import type { Window } from '../../../pipeline/window.ts';
import { onClockSetBack } from '../group/clock-set-back.ts';
import { consumerConfig } from '../group/consumer-config.ts';
import { GroupMember, type Unsubscribe } from '../group/group-member.ts';
import { Ownership } from '../group/ownership.ts';
import { PartitionClaim } from '../group/partition-claim.ts';
import { TopicLookup } from '../topics/topic-lookup.ts';
import { TopicWatch } from '../topics/topic-watch.ts';
import { describeTopics, type Topics } from '../topics/topics.ts';
import { BrokerWatchdog } from './broker-watchdog.ts';
import { FetchedBatches } from './fetched-batches.ts';
import { IdleDetector } from './idle-detector.ts';
import { commitOffsetsForMonitoring } from './monitoring-offsets.ts';
import { SuspensionDetector } from './suspension-detector.ts';

/** What the source reads, and what it uses. */
export type KafkaSourceOptions = {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: Topics;
  /** Where the first start of a pipeline begins. */
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  readonly window: Window;
  readonly logger: Logger;
  readonly events: Events;
  /** Overrides of consumer settings, for tests and tuning. */
  readonly consumer?: Partial<ConsumerConfig>;
};

/** Milliseconds between two commits of durable offsets to Kafka. */
const commitIntervalMs = 1_000;
/** Most milliseconds to wait for leaving the group. */
const leaveLimitMs = 5_000;

/** Reads topics as a member of a consumer group. */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #out = new Subject<Batch<RawRecord>>();
  readonly #topics: TopicWatch;
  readonly #member: GroupMember;
  readonly #ownership: Ownership;
  readonly #topicLookup: TopicLookup;
  readonly #idle: IdleDetector;
  readonly #suspensions: SuspensionDetector;
  readonly #fetched: FetchedBatches;
  readonly #watchdog: BrokerWatchdog;
  #stopping = false;
  #ticker: NodeJS.Timeout | undefined;
  #unwatchClock = () => {};
  #stayed: Promise<void> = Promise.resolve();

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    const { kafka, groupId, topics, logger, events, consumer = {} } = options;
    const config = consumerConfig(groupId, consumer);
    this.#suspensions = new SuspensionDetector(config.maxWaitTimeInMs ?? 0);
    this.#watchdog = new BrokerWatchdog(events, describeTopics(topics));
    const topicLookup = new TopicLookup(kafka);
    this.#topicLookup = topicLookup;
    this.#topics = new TopicWatch({ topics, topicLookup, logger, events, onChange: () => this.#member.rejoin() });
    this.#member = new GroupMember({
      kafka,
      config,
      logger,
      events,
      topics: this.#topics,
      listen: (listened) => this.#listen(listened),
      eachBatch: (payload) => this.#idle.during(() => this.#fetched.accept(payload)),
      beforeLeaving: () => this.#commit(),
      onLeft: () => this.#ownership.left(),
    });
    this.#ownership = new Ownership({
      ...options,
      // A topic found later is read from its first record, including those produced before it was found (rule 6).
      from: (topic) => (this.#topics.cameLater(topic) ? 'earliest' : options.from),
      consumer: () => this.#member.consumer,
      suspensions: () => this.#suspensions.count,
      onChange: () => this.#idle.reset(),
      onError: (error) => this.#fail(error),
    });
    this.#idle = new IdleDetector({
      topicLookup,
      logger,
      claims: () => this.#ownership.claims,
      onLoss: (claim, loss) => this.#ownership.losePosition(claim, loss),
    });
    this.#fetched = new FetchedBatches({
      window: options.window,
      ownership: this.#ownership,
      topicLookup,
      suspensions: this.#suspensions,
      consumer: () => this.#member.consumer,
      isStopping: () => this.#stopping,
      emit: (batch) => this.#out.next(batch),
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

  onFenced(claim: Claim): void {
    this.#ownership.onFenced(claim);
  }

  postpone(claim: Claim, isHeld = false): void {
    this.#ownership.postpone(claim, isHeld);
  }

  stop(): void {
    if (this.#stopping) return;
    this.#options.events.emit({ type: 'stopping', ...this.#progress() });
    this.#stopReading();
    this.#out.complete();
  }

  async close(): Promise<void> {
    this.#stopReading();
    clearInterval(this.#ticker);
    this.#unwatchClock();
    this.#member.leave();
    const left = Promise.all([this.#stayed, this.#topicLookup.close()]);
    const inTime = await Promise.race([left, sleep(leaveLimitMs, false, { ref: false })]);
    this.#options.events.emit({ type: 'left', inTime: Boolean(inTime) });
  }

  /** Positions of the owned partitions, for the log and for `--until-caught-up`. */
  positions(): readonly Pick<PartitionClaim, 'topic' | 'partition' | 'durable' | 'logEnd'>[] {
    return this.#ownership.claims;
  }

  /** Whether the topic is being read. False for a deleted topic. */
  reads(topic: string): boolean {
    return this.#topics.now.includes(topic);
  }

  /** True when all partitions of the current join are claimed and their last durable records were compared. */
  get settled(): boolean {
    if (this.#topics.none) return true;
    if (!this.#ownership.complete) return false;
    return this.quiet || this.#ownership.claims.every(({ open, proofPending }) => open && !proofPending);
  }

  /** True when fetches return nothing more and everything read is durable. */
  get quiet(): boolean {
    return this.#idle.isIdle;
  }

  #start(): void {
    this.#watchdog.answered();
    this.#ticker = setInterval(() => {
      void this.#commit();
      if (!this.#stopping) this.#watchdog.check(this.#topics.now.length > 0 && !this.#idle.isBusy);
    }, commitIntervalMs);
    this.#ticker.unref();
    this.#unwatchClock = onClockSetBack(() => this.#clockSetBack());
    this.#topics.start();
    this.#stayed = this.#member.stay().catch((error) => this.#fail(error));
  }

  #listen(consumer: Consumer): readonly Unsubscribe[] {
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
        if (payload.batchSize === 0) this.#fetched.passControlRecords(payload);
      }),
      consumer.on(FETCH_START, ({ payload }) => this.#suspensions.fetchStarts(String(payload.nodeId))),
      consumer.on(FETCH, () => {
        this.#watchdog.answered();
        this.#idle.fetched();
      }),
    ];
  }

  /** Joins again, because kafkajs would send no heartbeat until the clock reaches its former time. */
  #clockSetBack(): void {
    if (this.#stopping) return;
    this.#options.events.emit({ type: 'clockSetBack', read: describeTopics(this.#options.topics) });
    this.#member.rejoin();
  }

  /** How much was read and is not durable yet, for the log. */
  #progress(): { readonly partitions: number; readonly offsetsTaken: number } {
    const { claims } = this.#ownership;
    return {
      partitions: claims.length,
      offsetsTaken: claims.reduce((sum, one) => sum + Number(one.next - one.durable), 0),
    };
  }

  async #commit(): Promise<void> {
    await commitOffsetsForMonitoring(() => this.#member.consumer, this.#ownership.claims, this.#options.logger);
  }

  #stopReading(): void {
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
    this.#stopReading();
    this.#out.error(error);
  }
}
