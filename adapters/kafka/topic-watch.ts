/**
 * The topics that match a pattern, looked for again and again. New ones are read within 30 s, deleted ones let go (rule 27):
 * kafkajs would fail for all topics because of one that is gone. A single topic is read whether it is there or not.
 */
import { messageOf } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import type { Inquiry } from './inquiry.ts';
import { chosenFrom, describeTopics, type Topics } from './topics.ts';

/** Milliseconds between two looks. */
const lookEvery = 10_000;

/** Milliseconds after which a topic that seems to be gone is looked for again: brokers learn of topics one by one. */
const lookTwice = 1_000;

/** What is watched, and who is told. */
export type TopicWatchOptions = {
  readonly topics: Topics;
  readonly inquiry: Pick<Inquiry, 'topics'>;
  readonly logger: Logger;
  readonly events: Events;
  /** Told when there are others than before. */
  readonly onChange: () => void;
};

/** Looks for topics until it is stopped. */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #now: readonly string[] = [];
  #first: readonly string[] | undefined;
  #failing = false;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #ended = new AbortController();
  #wake: () => void = () => {};

  constructor(options: TopicWatchOptions) {
    this.#options = options;
    const { topics } = options;
    if (topics.kind === 'one') this.#first = this.#now = [topics.topic];
  }

  /** The topics as of the last look, in order. */
  get now(): readonly string[] {
    return this.#now;
  }

  /** Nothing matches: there is nothing to be read before a topic comes. */
  get none(): boolean {
    return this.#first !== undefined && this.#now.length === 0;
  }

  /** Whether it was not there yet at the first look: nothing of it is older than the pipeline's start. */
  cameLater(topic: string): boolean {
    return this.#first !== undefined && !this.#first.includes(topic);
  }

  /** Looks for the first time, and from then on. */
  start(): void {
    const { topics } = this.#options;
    if (topics.kind === 'one') return;
    void this.look();
    this.#timer = setInterval(() => void this.look(), topics.every ?? lookEvery);
    this.#timer.unref();
  }

  /** Looks now, or waits for the look that is under way. Never rejects: what failed is tried again. */
  look(): Promise<void> {
    if (this.#options.topics.kind === 'one' || this.#ended.signal.aborted) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Resolves as soon as there are any topics, or when stopped before. */
  async some(): Promise<void> {
    while (this.#now.length === 0 && !this.#ended.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
    this.#wake();
  }

  async #look(): Promise<void> {
    const { logger, topics } = this.#options;
    try {
      const found = await this.#find();
      if (this.#failing) logger.info(describeTopics(topics), 'Kafka says again which topics there are');
      this.#failing = false;
      if (!this.#ended.signal.aborted) this.#change(found);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      const fields = { ...describeTopics(topics), error: messageOf(error) };
      if (this.#failing) logger.debug(fields, 'Kafka still does not say which topics there are');
      else logger.warn(fields, 'Kafka does not say which topics there are; it is asked again');
      this.#failing = true;
    }
  }

  async #find(): Promise<readonly string[]> {
    const { topics, inquiry } = this.#options;
    const found = chosenFrom(topics, await inquiry.topics());
    if (this.#now.every((topic) => found.includes(topic))) return found;
    await new Promise((resolve) => setTimeout(resolve, lookTwice).unref());
    return chosenFrom(topics, [...new Set([...found, ...(await inquiry.topics())])]);
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
