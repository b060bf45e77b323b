/** What happens in a use case, as data: the events of its pipeline, and those of what surrounds it. */
import type { OwnColumns } from '../engines/postgres/schema/own-columns.ts';
import type { RecordCounts } from '../pipeline/batch.ts';
import type { EventStream, Events, PipelineEvent } from '../pipeline/events.ts';
import type { ReasonCount } from '../pipeline/parked-reasons.ts';
import type { Logger } from '../pipeline/ports.ts';

/** Something worth a line that has no event of its own. */
export type NoticeEvent = {
  readonly type: 'notice';
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
};

/** The schema `sluice` was brought up to date by these migrations. */
export type SchemaMigratedEvent = { readonly type: 'schemaMigrated'; readonly versions: readonly number[] };

/** A topic was made, because it was asked for. */
export type TopicCreatedEvent = {
  readonly type: 'topicCreated';
  readonly topic: string;
  readonly partitions: number;
};

/** What became of the columns that the user's own functions fill. */
export type OwnColumnsEvent = { readonly type: 'ownColumns' } & OwnColumns;

/** The pipeline has a checkpoint already, so the start that was asked for has no effect. */
export type StartIgnoredEvent = {
  readonly type: 'startIgnored';
  readonly pipeline: string;
  readonly from: 'earliest' | 'latest';
  /** Empty for a file, which is always read from its start. */
  readonly checkpoints: readonly { readonly topic: string; readonly partition: number; readonly nextOffset: bigint }[];
};

/** How a process gets on: every ten seconds, and at its end. Absent figures are not known, or are zero. */
export type ProgressEvent = {
  readonly type: 'progress';
  /** Rates since the last one, totals since the start, sizes of transactions, and the lag. */
  readonly figures: object;
  /** Records parked since the last one, and why records were parked since the start. */
  readonly parked: number;
  readonly reasons: readonly ReasonCount[];
};

/** A process has read to its end, or the stop has drained; everything counted is durable. */
export type StoppedEvent = { readonly type: 'stopped'; readonly counts: RecordCounts };

/** Fields that no column takes were left out of the rows. */
export type FieldsLeftOutEvent = {
  readonly type: 'fieldsLeftOut';
  readonly names: Readonly<Record<string, number>>;
  /** The names with their counts, in words. */
  readonly described: string;
};

/** The account of parked records at the end of a run. */
export type RecordsParkedEvent = {
  readonly type: 'recordsParked';
  readonly records: number;
  readonly reasons: readonly ReasonCount[];
  /** When the run began, by the database's clock; undefined where it did not say. */
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

/** A worker process ended before its work was done, and is started again. */
export type WorkerRestartingEvent = {
  readonly type: 'workerRestarting';
  readonly worker: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: string | undefined;
};

/** All worker processes have ended well. */
export type WorkersDoneEvent = {
  readonly type: 'workersDone';
  readonly workers: number;
  readonly restarts: number;
  readonly counts: RecordCounts;
};

/** Rows that a snapshot taken again, or an empty source table, does not have. */
export type UnseenRowsEvent = {
  readonly type: 'unseenRows';
  readonly table: string;
  readonly rows: number;
  readonly why: 'not in the snapshot' | 'source table is empty';
  readonly isDeleted: boolean;
};

/** Sequences of the replica are not set, because no source is known. */
export type SequencesUnsetEvent = { readonly type: 'sequencesUnset'; readonly statements: readonly string[] };

/** Whom nobody could ask whether every table is captured, because no address was given; or why it is not known. */
export type UnknownCapture = { readonly unnamed: 'source' | 'connect' } | { readonly why: string };

/** A replica has caught up with its topics; it lacks data where records are parked or there are faults. */
export type CaughtUpEvent = {
  readonly type: 'caughtUp';
  readonly isComplete: boolean;
  readonly tables: number;
  readonly counts: RecordCounts;
  /** Different records that are parked. */
  readonly deadLetters: number;
  readonly checkedConstraints: number;
  /** Why it is not known whether every table is captured; null when it is. */
  readonly unknown: UnknownCapture | null;
};

/** Everything that can happen in a use case. */
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
  | CaughtUpEvent;

/** The stream of a use case. */
export type ServiceEvents = EventStream<ServiceEvent>;

/** The logger of parts that know no events: each line becomes a `notice`. */
export function noticesTo(events: Events<ServiceEvent>): Logger {
  const at = (level: keyof Logger) => (fields: object, message: string) =>
    events.emit({ type: 'notice', level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
