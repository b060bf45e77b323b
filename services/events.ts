/** The events of a use case: those of its pipeline, and those of its setup, workers and end. */
import type { OwnColumns } from '../engines/postgres/schema/own-columns.ts';
import type { RecordCounts } from '../pipeline/batch.ts';
import type { EventStream, Events, PipelineEvent } from '../pipeline/events.ts';
import type { ReasonCount } from '../pipeline/parked-reasons.ts';
import type { Logger } from '../pipeline/ports.ts';

/** A log line without an event type of its own. */
export type NoticeEvent = {
  readonly type: 'notice';
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
};

/** The schema `sluice` was brought up to date by these migrations. */
export type SchemaMigratedEvent = { readonly type: 'schemaMigrated'; readonly versions: readonly number[] };

/** A requested topic did not exist and was created. */
export type TopicCreatedEvent = {
  readonly type: 'topicCreated';
  readonly topic: string;
  readonly partitions: number;
};

/** Which columns of the user's own functions were added, adopted, changed or left without a function. */
export type OwnColumnsEvent = { readonly type: 'ownColumns' } & OwnColumns;

/** The requested start has no effect, because the pipeline already has a checkpoint or reads a file. */
export type StartIgnoredEvent = {
  readonly type: 'startIgnored';
  readonly pipeline: string;
  readonly from: 'earliest' | 'latest';
  /** Empty if the pipeline reads a file for the first time: a file is always read from its start. */
  readonly checkpoints: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: bigint }[];
};

/** Figures of a running process, every ten seconds and at its end. An absent figure is zero or unknown. */
export type ProgressEvent = {
  readonly type: 'progress';
  /** Rates since the last event, totals since the start, transaction sizes, and the lag. */
  readonly figures: object;
  /** Records parked since the last event. */
  readonly parked: number;
  /** Reasons of all records parked since the start. */
  readonly reasons: readonly ReasonCount[];
};

/** A process has reached its end or has drained after a stop. All counted records are durable. */
export type StoppedEvent = { readonly type: 'stopped'; readonly counts: RecordCounts };

/** Fields without a column were left out of the rows. */
export type FieldsLeftOutEvent = {
  readonly type: 'fieldsLeftOut';
  readonly names: Readonly<Record<string, number>>;
  /** The names with their counts, in words. */
  readonly described: string;
};

/** The parked records of a run, at its end. */
export type RecordsParkedEvent = {
  readonly type: 'recordsParked';
  readonly records: number;
  readonly reasons: readonly ReasonCount[];
  /** Start of the run by the database's clock; undefined if the database did not answer. */
  readonly since: string | undefined;
};

/** A worker process was started. */
export type WorkerStartedEvent = { readonly type: 'workerStarted'; readonly worker: number; readonly pid: number };

/** A transaction of a worker process is durable. */
export type WorkerCommittedEvent = {
  readonly type: 'workerCommitted';
  readonly worker: number;
  readonly counts: RecordCounts;
  readonly reasons: readonly ReasonCount[];
};

/** A worker process ended before its work was done. It is restarted. */
export type WorkerRestartingEvent = {
  readonly type: 'workerRestarting';
  readonly worker: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: string | undefined;
};

/** All worker processes have ended without an error. */
export type WorkersDoneEvent = {
  readonly type: 'workersDone';
  readonly workers: number;
  readonly restarts: number;
  readonly counts: RecordCounts;
};

/** Rows of the replica that a later snapshot, or an empty source table, does not contain. */
export type UnseenRowsEvent = {
  readonly type: 'unseenRows';
  readonly table: string;
  readonly rows: number;
  /** `without key`: the snapshot has no row of the table, and rows from before it cannot be told from later ones. */
  readonly why: 'not in the snapshot' | 'source table is empty' | 'without key';
  readonly isDeleted: boolean;
};

/** Sequences of the replica are not set, because no source was named. */
export type SequencesUnsetEvent = { readonly type: 'sequencesUnset'; readonly statements: readonly string[] };

/** Why it is unknown whether every table is captured: the server without an address, or another reason. */
export type UnknownCapture = { readonly unnamed: 'source' | 'connect' } | { readonly why: string };

/** A replica has caught up with its topics. It is incomplete if records are parked or captured tables have faults. */
export type CaughtUpEvent = {
  readonly type: 'caughtUp';
  readonly isComplete: boolean;
  readonly tables: number;
  readonly counts: RecordCounts;
  /** Parked records, each counted once. */
  readonly deadLetters: number;
  readonly checkedConstraints: number;
  /** Why it is unknown whether every table is captured; null if it is known. */
  readonly unknown: UnknownCapture | null;
};

/** A table that a load is going to load. */
export type LoadPlannedEvent = {
  readonly type: 'loadPlanned';
  readonly table: string;
  /** An estimate; null if the source has none. */
  readonly rows: number | null;
  /** Rows that an earlier run has loaded. */
  readonly durable: number;
  readonly isLoaded: boolean;
};

/** A part of a table is durable in the target. */
export type ChunkLoadedEvent = {
  readonly type: 'chunkLoaded';
  readonly table: string;
  /** Its number within the table. */
  readonly number: number;
  readonly rows: number;
  /** Rows that the target cannot hold. */
  readonly refused: number;
};

/** Any event of a use case. */
export type ServiceEvent =
  | PipelineEvent
  | NoticeEvent
  | SchemaMigratedEvent
  | TopicCreatedEvent
  | OwnColumnsEvent
  | StartIgnoredEvent
  | ProgressEvent
  | StoppedEvent
  | FieldsLeftOutEvent
  | RecordsParkedEvent
  | WorkerStartedEvent
  | WorkerCommittedEvent
  | WorkerRestartingEvent
  | WorkersDoneEvent
  | UnseenRowsEvent
  | SequencesUnsetEvent
  | LoadPlannedEvent
  | ChunkLoadedEvent
  | CaughtUpEvent;

/** The event stream of a use case. */
export type ServiceEvents = EventStream<ServiceEvent>;

/** Returns a logger for code without event types: each line becomes a `notice`. */
export function noticesTo(events: Events<ServiceEvent>): Logger {
  const at = (level: keyof Logger) => (fields: object, message: string) =>
    events.emit({ type: 'notice', level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
