/**
 * The events of a pipeline, as data. The log and the counters subscribe to the same stream. The data path does not depend on
 * its subscribers.
 */
import type { Misfit } from './misfit.ts';
import type { ReasonCount } from './parked-reasons.ts';
import type { Committed } from './stages/acknowledge.ts';

/** The topics that are read: one name, or a pattern. */
export type ReadTopics = { readonly topic: string } | { readonly topics: string };

type Partition = { readonly topic: string; readonly partition: number };

/** One transaction is durable. Subscribers must not keep the batches: the pipeline owns them. */
export type CommittedEvent = { readonly type: 'committed' } & Committed;

/** Records of a partition became dead letters. Emitted before the `committed` event of their transaction. */
export type ParkedEvent = { readonly type: 'parked'; readonly reasons: readonly ReasonCount[] } & Partition;

/** A request to a server is retried after an error. */
export type RetryingEvent = {
  readonly type: 'retrying';
  /** A name such as `PostgreSQL at host:port`. */
  readonly server: string;
  /** Whether a connection failed or was lost. */
  readonly isConnection: boolean;
  readonly advice: string;
  readonly code: string;
  readonly error: string;
  /** The lane or the topic that retries; neither if it is the whole group member. */
  readonly lane?: number;
  readonly topic?: string;
  readonly attempt?: number;
};

/** The server accepts transactions again after `attempts` failures. */
export type RecoveredEvent = {
  readonly type: 'recovered';
  readonly server: string;
  readonly lane: number;
  readonly attempts: number;
};

/** A partition waits until a person alters its table. Emitted once per reason. */
export type TableHeldEvent = { readonly type: 'tableHeld'; readonly misfit: Misfit } & Partition;

/** Changes are applied to a held table again. */
export type TableReleasedEvent = { readonly type: 'tableReleased'; readonly table: string } & Partition;

/** The consumer group has assigned these partitions. */
export type JoinedEvent = { readonly type: 'joined'; readonly partitions: readonly Partition[] };

/** Partitions were claimed; reading continues at these offsets. */
export type ClaimedEvent = {
  readonly type: 'claimed';
  readonly partitions: readonly (Partition & { readonly nextOffset: bigint; readonly epoch: bigint })[];
};

/** Another worker took over a partition, `times` times within a minute. */
export type FencedEvent = { readonly type: 'fenced'; readonly times: number } & Partition;

/** A partition is read again after a delay: its table is held, or it waits for another partition. */
export type PostponedEvent = { readonly type: 'postponed'; readonly isHeld: boolean } & Partition;

/** The log no longer contains the record at this offset. */
export type PositionLostEvent = {
  readonly type: 'positionLost';
  readonly nextOffset: bigint;
  readonly why: string;
} & Partition;

/** Kafka has not answered for some seconds. */
export type StalledEvent = { readonly type: 'stalled'; readonly read: ReadTopics };

/** Kafka answers again after `stalled`. */
export type ResumedEvent = { readonly type: 'resumed'; readonly read: ReadTopics };

/** The system clock was set back; the member rejoins the group. */
export type ClockSetBackEvent = { readonly type: 'clockSetBack'; readonly read: ReadTopics };

/** The topics that match the pattern are known for the first time, or have changed. */
export type TopicsChangedEvent = {
  readonly type: 'topicsChanged';
  readonly count: number;
  readonly added: readonly string[];
  readonly gone: readonly string[];
  readonly isFirst: boolean;
};

/** No topic matches the pattern at present. */
export type NoTopicsEvent = { readonly type: 'noTopics'; readonly read: ReadTopics };

/** The source reads no more records; those already read are still written. */
export type StoppingEvent = {
  readonly type: 'stopping';
  readonly partitions: number;
  /** Number of offsets that were read and are not durable yet. */
  readonly offsetsTaken: number;
};

/** The member left the consumer group; not `inTime` if Kafka did not answer. */
export type LeftEvent = { readonly type: 'left'; readonly inTime: boolean };

/** Any event of a pipeline. */
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

/** Receives events. Never throws, and returns at once. */
export type Events<E = PipelineEvent> = { emit(event: E): void };

/** Called with every event, in order. */
export type Subscriber<E = PipelineEvent> = (event: E) => void;

/** The subscriber's side of an event stream. `subscribe` returns a function that unsubscribes. */
export type Subscribable<E = PipelineEvent> = { subscribe(subscriber: Subscriber<E>): () => void };

/** One event stream. Subscribers are called synchronously and in order, so that log lines keep their order. */
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
