/**
 * Polls the list of topics and finds those that match a pattern. New topics are read within 30 s. Deleted ones are dropped
 * (rule 27), because kafkajs would fail for all topics if one is missing. A single topic is read whether it exists or not.
 */
import { messageOf } from '../../../pipeline/errors.ts';
import type { Events } from '../../../pipeline/events.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { TopicLookup } from './topic-lookup.ts';
import { chosenFrom, describeTopics, type Topics } from './topics.ts';

/** Milliseconds between two polls. */
const pollIntervalMs = 10_000;

/** Milliseconds until a missing topic is checked again, because a broker may learn of a topic later than others. */
const recheckMs = 1_000;

/** What to watch, and whom to notify. */
export type TopicWatchOptions = {
  readonly topics: Topics;
  readonly topicLookup: Pick<TopicLookup, 'topics'>;
  readonly logger: Logger;
  readonly events: Events;
  /** Called when the list of topics has changed. */
  readonly onChange: () => void;
};

/** Polls the matching topics until it is stopped. */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #now: readonly string[] = [];
  #first: readonly string[] | undefined;
  #failing = false;
  #polling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #ended = new AbortController();
  #wake: () => void = () => {};

  constructor(options: TopicWatchOptions) {
    this.#options = options;
    const { topics } = options;
    if (topics.kind === 'one') this.#first = this.#now = [topics.topic];
  }

  /** The topics as of the last poll, sorted. */
  get now(): readonly string[] {
    return this.#now;
  }

  /** True after a poll that found no topic. */
  get none(): boolean {
    return this.#first !== undefined && this.#now.length === 0;
  }

  /** True when the topic did not exist at the first poll, so that all of its records are newer than the pipeline's start. */
  cameLater(topic: string): boolean {
    return this.#first !== undefined && !this.#first.includes(topic);
  }

  /** Polls now and from then on at the interval. */
  start(): void {
    const { topics } = this.#options;
    if (topics.kind === 'one') return;
    void this.poll();
    this.#timer = setInterval(() => void this.poll(), topics.every ?? pollIntervalMs);
    this.#timer.unref();
  }

  /** Polls now, or waits for the running poll. Never rejects: a failed poll is logged, and the next one retries. */
  poll(): Promise<void> {
    if (this.#options.topics.kind === 'one' || this.#ended.signal.aborted) return Promise.resolve();
    this.#polling ??= this.#poll().finally(() => (this.#polling = undefined));
    return this.#polling;
  }

  /** Resolves once there is a topic, or when the watch is stopped. */
  async some(): Promise<void> {
    while (this.#now.length === 0 && !this.#ended.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends polling. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
    this.#wake();
  }

  async #poll(): Promise<void> {
    const { logger, topics } = this.#options;
    try {
      const found = await this.#find();
      if (this.#failing) logger.info(describeTopics(topics), 'Kafka lists its topics again');
      this.#failing = false;
      if (!this.#ended.signal.aborted) this.#change(found);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      const fields = { ...describeTopics(topics), error: messageOf(error) };
      if (this.#failing) logger.debug(fields, 'Kafka still does not list its topics');
      else logger.warn(fields, 'Kafka does not list its topics; retrying');
      this.#failing = true;
    }
  }

  async #find(): Promise<readonly string[]> {
    const { topics, topicLookup } = this.#options;
    const found = chosenFrom(topics, await topicLookup.topics());
    if (this.#now.every((topic) => found.includes(topic))) return found;
    await new Promise((resolve) => setTimeout(resolve, recheckMs).unref());
    return chosenFrom(topics, [...new Set([...found, ...(await topicLookup.topics())])]);
  }

  #change(found: readonly string[]): void {
    const { events, topics, onChange } = this.#options;
    const added = found.filter((topic) => !this.#now.includes(topic));
    const gone = this.#now.filter((topic) => !found.includes(topic));
    const isFirst = this.#first === undefined;
    this.#first ??= found;
    this.#now = found;
    if (this.none && (isFirst || gone.length > 0)) events.emit({ type: 'noTopics', read: describeTopics(topics) });
    if (added.length + gone.length === 0) return;
    events.emit({ type: 'topicsChanged', count: found.length, added, gone, isFirst });
    this.#wake();
    onChange();
  }
}
