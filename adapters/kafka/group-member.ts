/**
 * A member of the consumer group that comes back: with a new consumer whenever other topics are to be read, when the clock
 * was set back, and when kafkajs gives up. A running consumer cannot subscribe (rule 27), one that was stopped still asks
 * about topics that are gone, and one that starts itself again in the background cannot be stopped; so none is used twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerConfig, EachBatchHandler, Kafka } from 'kafkajs';
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { retrying } from '../../pipeline/retry-notices.ts';
import { addressOf } from './answering-kafka.ts';
import { diagnose } from './errors.ts';
import type { TopicWatch } from './topic-watch.ts';

/** Milliseconds before a member that failed comes back. */
const restartDelay = 1_000;
/** Milliseconds that what is done before leaving may take. */
const farewellLimit = 2_000;

/** Takes a listener away again. */
export type Forget = () => void;

/** Who joins, and what it works with. */
export type GroupMemberOptions = {
  readonly kafka: Kafka;
  readonly config: ConsumerConfig;
  readonly topics: TopicWatch;
  readonly logger: Logger;
  readonly events: Events;
  /** Listens to a consumer that is about to join. */
  readonly listen: (consumer: Consumer) => readonly Forget[];
  readonly eachBatch: EachBatchHandler;
  /** The last moment at which Kafka takes commits. */
  readonly beforeLeaving: () => Promise<void>;
  /** Nothing is ours any more, until the next join. */
  readonly onLeft: () => void;
};

/** Why a membership ended, where it failed. */
type End = { readonly error: unknown } | 'left';

/** One membership after the other. */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #consumer: Consumer | undefined;
  #listeners: readonly Forget[] = [];
  #stopping = false;
  #end: (end: End) => void = () => {};

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** The consumer at work, which reads only what is owned. Throws while there is none, as kafkajs does. */
  get consumer(): Consumer {
    if (!this.#consumer) throw new Error('not a member of the group at the moment');
    return this.#consumer;
  }

  /** Joins, and stays until it is told to leave. Rejects with what waiting cannot cure. */
  async stay(): Promise<void> {
    while (!this.#stopping) {
      await this.#options.topics.some();
      if (this.#stopping) return;
      // From here on a change of the topics is a reason to leave.
      const ended = new Promise<End>((resolve) => (this.#end = resolve));
      const end = await this.#join(this.#options.topics.now).then(
        () => ended,
        (error: unknown) => ({ error }),
      );
      await this.#leave(end);
      if (end !== 'left' && !this.#stopping) await this.#recover(end.error);
    }
  }

  /** Leaves, and joins anew. A join that is under way is let end before: until then kafkajs could not stop it. */
  rejoin(): void {
    this.#end('left');
  }

  /** Comes back no more. What is owned is kept until it leaves. */
  stop(): void {
    this.#stopping = true;
  }

  /** Leaves for good. */
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
      // Another member knows topics that we do not know yet: what it was to read of them, nobody reads.
      consumer.on(RECEIVED_UNSUBSCRIBED_TOPICS, () => void watch.look()),
    ];
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (this.#stopping) return;
    // Only what was taken counts as read: a batch that is given up must not move kafkajs's position.
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
  }

  async #leave(end: End): Promise<void> {
    const { beforeLeaving, onLeft, logger } = this.#options;
    const consumer = this.#consumer;
    if (end === 'left') await Promise.race([beforeLeaving(), sleep(farewellLimit, undefined, { ref: false })]);
    // What waits for credit is given up now, so that the consumer can stop.
    onLeft();
    for (const forget of this.#listeners) forget();
    this.#consumer = undefined;
    try {
      await consumer?.disconnect();
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'leaving the group failed');
    }
  }

  /** kafkajs gives up where no broker knows the coordinator of the group, for example, which is how a broker that stops looks. */
  async #recover(error: unknown): Promise<void> {
    const { kafka, events, topics } = this.#options;
    const diagnosis = diagnose(error);
    if (diagnosis.reaction !== 'retry') throw error;
    events.emit(retrying(addressOf(kafka), error, diagnosis));
    await sleep(restartDelay, undefined, { ref: false });
    // A topic that is gone may be the reason.
    if (!this.#stopping) await topics.look();
  }
}
