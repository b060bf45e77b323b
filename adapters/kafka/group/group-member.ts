/**
 * A member of the consumer group. It rejoins with a new consumer when the topics change, when the clock was set back, and when
 * kafkajs gives up. A consumer is never reused, for three reasons. A running consumer cannot subscribe to other topics (rule 27).
 * A stopped consumer still requests deleted topics. A consumer that restarts itself in the background cannot be stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, EachBatchHandler, Kafka } from 'kafkajs';
import { messageOf } from '../../../pipeline/errors.ts';
import type { Events } from '../../../pipeline/events.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { retrying } from '../../../pipeline/retry-notices.ts';
import { addressOf } from '../client/disconnecting-kafka.ts';
import { diagnose } from '../client/errors.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';

/** Milliseconds until a failed member rejoins. */
const restartDelayMs = 1_000;
/** Most milliseconds to wait for `beforeLeaving`. */
const beforeLeavingLimitMs = 2_000;

/** Removes a listener. */
export type Unsubscribe = () => void;

/** The client, settings and callbacks of a member. */
export type GroupMemberOptions = {
  readonly kafka: Kafka;
  readonly config: ConsumerConfig;
  readonly topics: TopicWatch;
  readonly logger: Logger;
  readonly events: Events;
  /** Subscribes to the events of a new consumer before it joins. */
  readonly listen: (consumer: Consumer) => readonly Unsubscribe[];
  readonly eachBatch: EachBatchHandler;
  /** Called before the member leaves, while Kafka still accepts its commits. */
  readonly beforeLeaving: () => Promise<void>;
  /** Called when the member has left and owns no partition until its next join. */
  readonly onLeft: () => void;
};

/** The end of a membership: left on purpose, or failed with an error. */
type End = { readonly error: unknown } | 'left';

/** Joins the group, and rejoins until it is stopped. */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #consumer: Consumer | undefined;
  #listeners: readonly Unsubscribe[] = [];
  #stopping = false;
  #end: (end: End) => void = () => {};

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** The current consumer. Throws if there is none, as kafkajs does for a consumer that is not running. */
  get consumer(): Consumer {
    if (!this.#consumer) throw new Error('this process is not a member of the group now');
    return this.#consumer;
  }

  /** Joins, and rejoins until `leave` is called. Rejects with an error that a retry cannot fix. */
  async stay(): Promise<void> {
    while (!this.#stopping) {
      await this.#options.topics.some();
      if (this.#stopping) return;
      // From now on `rejoin` and `leave` end the membership.
      const ended = new Promise<End>((resolve) => (this.#end = resolve));
      const end = await this.#join(this.#options.topics.now).then(
        () => ended,
        (error: unknown) => ({ error }),
      );
      await this.#leave(end);
      if (end !== 'left' && !this.#stopping) await this.#recover(end.error);
    }
  }

  /** Leaves and joins again. A join in progress completes first, because kafkajs cannot stop it. */
  rejoin(): void {
    this.#end('left');
  }

  /** Prevents further joins. The member keeps its partitions until it leaves. */
  stop(): void {
    this.#stopping = true;
  }

  /** Leaves and does not join again. */
  leave(): void {
    this.stop();
    this.#end('left');
  }

  async #join(topics: readonly string[]): Promise<void> {
    const { kafka, config, eachBatch, listen, topics: watch } = this.#options;
    const consumer = kafka.consumer(config);
    const { CRASH, RECEIVED_UNSUBSCRIBED_TOPICS } = consumer.events;
    this.#consumer = consumer;
    this.#listeners = [
      ...listen(consumer),
      consumer.on(CRASH, ({ payload }) => this.#end(payload)),
      // Another member knows topics that this one does not know yet. Until then nobody reads their partitions assigned to it.
      consumer.on(RECEIVED_UNSUBSCRIBED_TOPICS, () => void watch.poll()),
    ];
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (this.#stopping) return;
    // `eachBatch` resolves offsets itself, because a dropped batch must not move kafkajs's position.
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
  }

  async #leave(end: End): Promise<void> {
    const { beforeLeaving, onLeft, logger } = this.#options;
    const consumer = this.#consumer;
    if (end === 'left') await Promise.race([beforeLeaving(), sleep(beforeLeavingLimitMs, undefined, { ref: false })]);
    // Revokes the claims, so that `eachBatch` stops waiting for credit and the consumer can stop.
    onLeft();
    for (const unsubscribe of this.#listeners) unsubscribe();
    this.#consumer = undefined;
    try {
      await consumer?.disconnect();
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'leaving the group failed');
    }
  }

  /** Waits before the next join. For example, kafkajs gives up while a broker restarts and no broker knows the group's coordinator. */
  async #recover(error: unknown): Promise<void> {
    const { kafka, events, topics } = this.#options;
    const diagnosis = diagnose(error);
    if (diagnosis.reaction !== 'retry') throw error;
    events.emit(retrying(addressOf(kafka), error, diagnosis));
    await sleep(restartDelayMs, undefined, { ref: false });
    // The cause may be a deleted topic.
    if (!this.#stopping) await topics.poll();
  }
}
