/**
 * What happens in a pipeline, as data. The log, counters, and later metrics and WebSocket subscribe to the same stream.
 * The data path does not depend on who listens.
 */
import type { Misfit } from './misfit.ts';
import type { ReasonCount } from './parked-reasons.ts';
import type { Committed } from './stages/acknowledge.ts';

/** What is read: one topic, or the pattern of many. */
export type ReadTopics = { readonly topic: string } | { readonly topics: string };

type Partition = { readonly topic: string; readonly partition: number };

/** One transaction is durable. The batches belong to the pipeline: a subscriber must not keep them. */
export type CommittedEvent = { readonly type: 'committed' } & Committed;

/** Records of a partition became dead letters. Comes before the `committed` of their transaction. */
export type ParkedEvent = { readonly type: 'parked'; readonly reasons: readonly ReasonCount[] } & Partition;

/** A server is asked again after an error. */
export type RetryingEvent = {
  readonly type: 'retrying';
  /** Such as `PostgreSQL at host:port`. */
  readonly server: string;
  /** Whether no connection was made, or one broke. */
  readonly isConnection: boolean;
  readonly advice: string;
  readonly code: string;
  readonly error: string;
  /** The writer, or the topic, that retries; neither where it is the whole group member. */
  readonly lane?: number;
  readonly topic?: string;
  readonly attempt?: number;
};

/** Transactions go through again after `attempts` failures. */
export type RecoveredEvent = {
  readonly type: 'recovered';
  readonly server: string;
  readonly lane: number;
  readonly attempts: number;
};

/** A partition waits until a person alters its table. Emitted once per reason. */
export type TableHeldEvent = { readonly type: 'tableHeld'; readonly misfit: Misfit } & Partition;

/** The table takes its changes again. */
export type TableReleasedEvent = { readonly type: 'tableReleased'; readonly table: string } & Partition;

/** The consumer group has assigned these partitions. */
export type JoinedEvent = { readonly type: 'joined'; readonly partitions: readonly Partition[] };

/** Partitions are owned, and reading goes on at these offsets. */
export type ClaimedEvent = {
  readonly type: 'claimed';
  readonly partitions: readonly (Partition & { readonly nextOffset: bigint; readonly epoch: bigint })[];
};

/** Another worker took a partition over, for the `times`th time within a minute. */
export type FencedEvent = { readonly type: 'fenced'; readonly times: number } & Partition;

/** A partition is read again after a pause: its table is held, or it waits for another partition. */
export type PostponedEvent = { readonly type: 'postponed'; readonly isHeld: boolean } & Partition;

/** The log no longer holds the record at this offset. */
export type PositionLostEvent = {
  readonly type: 'positionLost';
  readonly nextOffset: bigint;
  readonly why: string;
} & Partition;

/** Kafka has not answered for some seconds. */
export type StalledEvent = { readonly type: 'stalled'; readonly read: ReadTopics };

/** Kafka answers again after `stalled`. */
export type ResumedEvent = { readonly type: 'resumed'; readonly read: ReadTopics };

/** The clock of the machine went back, and the group is joined again. */
export type ClockSetBackEvent = { readonly type: 'clockSetBack'; readonly read: ReadTopics };

/** Topics match the pattern for the first time, or others than before. */
export type TopicsChangedEvent = {
  readonly type: 'topicsChanged';
  readonly count: number;
  readonly added: readonly string[];
  readonly gone: readonly string[];
  readonly isFirst: boolean;
};

/** No topic matches the pattern at the moment. */
export type NoTopicsEvent = { readonly type: 'noTopics'; readonly read: ReadTopics };

/** The source takes nothing more; what was taken is still written. */
export type StoppingEvent = {
  readonly type: 'stopping';
  readonly partitions: number;
  /** Offsets taken and not durable yet. */
  readonly offsetsTaken: number;
};

/** The consumer group was left; not `inTime` where Kafka did not answer. */
export type LeftEvent = { readonly type: 'left'; readonly inTime: boolean };

/** Everything that can happen in a pipeline. */
export type PipelineEvent =
  | CommittedEvent
  | ParkedEvent
  | RetryingEvent
  | RecoveredEvent
  | TableHeldEvent
  | TableReleasedEvent
  | JoinedEvent
  | ClaimedEvent
  | FencedEvent
  | PostponedEvent
  | PositionLostEvent
  | StalledEvent
  | ResumedEvent
  | ClockSetBackEvent
  | TopicsChangedEvent
  | NoTopicsEvent
  | StoppingEvent
  | LeftEvent;

/** Takes what happens. Never throws, and returns at once. */
export type Events<E = PipelineEvent> = { emit(event: E): void };

/** Gets every event in the order in which they happened. */
export type Subscriber<E = PipelineEvent> = (event: E) => void;

/** What others may do with a stream of events: listen. The answer ends the subscription. */
export type Subscribable<E = PipelineEvent> = { subscribe(subscriber: Subscriber<E>): () => void };

/** One stream of events. Subscribers are called at once, one after the other, so that log lines keep their order. */
export class EventStream<E = PipelineEvent> implements Events<E>, Subscribable<E> {
  readonly #subscribers = new Set<Subscriber<E>>();

  emit(event: E): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  subscribe(subscriber: Subscriber<E>): () => void {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }
}
