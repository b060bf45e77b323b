/**
 * What a database product provides so that changes can be written to it. The sink, the claims and the dead letters exist
 * once, in `sink/`, and reach a database only through this contract; `S` is an open session of the product's driver.
 */
import type { Claim, Mark, RecordCounts, SourceProgress } from '../pipeline/batch.ts';
import type { Position } from '../pipeline/change.ts';
import type { Diagnose } from '../pipeline/errors.ts';
import type { Misfit } from '../pipeline/misfit.ts';
import type { Claimed, ClaimRequest, Reposition, StoredCheckpoint } from '../pipeline/ports.ts';
import type { Rejection } from '../schemas/rejection.ts';

/** One database as a target. */
export interface Engine<S> {
  /** For messages: `PostgreSQL at host:port`. */
  readonly server: string;
  /** What an error of a session means. */
  readonly diagnose: Diagnose;
  /** What an error of a merge says about the record, undefined if the record is not the cause. Never throws. */
  refusalOf(error: unknown): Refusal | undefined;
  /**
   * Returns a connection for one lane. It is opened on first use, and again after a failure. `prepare` then creates what a new
   * session needs, such as staging tables.
   *
   * @param name shown by the server in its list of sessions.
   */
  openLane(name: string, prepare: (session: S) => Promise<void>): Lane<S>;
  readonly checkpoints: Checkpoints<S>;
  readonly deadLetters: DeadLetters<S>;
  readonly guards: Guards;
}

/** The low watermark of a partition. Records below it have left the topic. */
export type LogStart = { readonly partition: number; readonly low: bigint };

/** A topic with the log starts of its partitions. */
export type TopicStarts = { readonly topic: string; readonly starts: readonly LogStart[] };

/** How many guard rows of a table have expired. */
export type ExpiredGuards = { readonly table: string; readonly expired: number };

/** Guard rows of deleted keys (rule 12). */
export interface Guards {
  /**
   * Deletes the guard rows whose deleting events have left these topics, in a session of its own: at most once an hour for each
   * table across all processes, and a limited number. A row stays while a dead letter has its key. Raises the horizon of the
   * tables to the highest position deleted. Answers the tables with expired rows.
   *
   * @param name of the session.
   */
  expire(name: string, topics: readonly TopicStarts[]): Promise<readonly ExpiredGuards[]>;
}

/** The connection of one lane. Calls never overlap. */
export interface Lane<S> {
  /** Returns the session, which it opens if necessary. Throws if it cannot be opened. */
  session(): Promise<S>;
  /**
   * Runs `work` in a transaction and commits, or rolls back if `work` returns undefined. After an error the session is
   * given up, because the outcome of its COMMIT may be unknown. Bounded in time.
   */
  transaction<T>(work: (session: S) => Promise<T | undefined>): Promise<T | undefined>;
  /** Waits for the transaction in flight and disconnects. Bounded in time. */
  close(): Promise<void>;
}

/** Why the database refused a record. */
export type Refusal = {
  /**
   * `collision`: another row is in its way, which may go. `definition`: the statement does not fit the table, which may
   * have been altered. `value`: the record itself.
   */
  readonly kind: 'value' | 'collision' | 'definition';
  /** Why the record is parked if nothing helps. */
  readonly rejection: Rejection;
};

/** How far one transaction brings one partition. */
export type PartitionProgress = {
  readonly claim: Claim;
  /** Offset at which the checkpoint must stand. */
  readonly from: bigint;
  /** Offset to which it moves. */
  readonly to: bigint;
  readonly counts: RecordCounts;
  /** Null keeps the stored mark, `unknown` clears it. */
  readonly mark: Mark | 'unknown' | null;
  /** Null keeps what is stored. */
  readonly reached: SourceProgress | null;
};

/** A stored checkpoint, with the number of partitions that its topic had; null before the first claim. */
export type FoundCheckpoint = StoredCheckpoint & { readonly partitionCount: number | null };

/** A checkpoint that a claim moved. */
export type Moved = { readonly found: StoredCheckpoint; readonly move: Reposition };

/** Claims in the order of their partitions, and the checkpoints among them that moved. */
export type ClaimAnswer = { readonly claimed: readonly Claimed[]; readonly moved: readonly Moved[] };

/** The checkpoints of all pipelines, kept in the target. */
export interface Checkpoints<S> {
  /**
   * Raises the owner epoch of the partitions in `request.mine`, in one transaction. Makes missing checkpoints for all
   * partitions of the topic. A former owner that holds a lock for too long loses its session.
   *
   * @param decide asked for each checkpoint while it is locked: where to move it, undefined if it stays. What it throws
   *   leaves everything as it was.
   */
  claim(
    pipeline: string,
    request: ClaimRequest,
    decide: (found: FoundCheckpoint) => Promise<Reposition | undefined>,
  ): Promise<ClaimAnswer>;
  /**
   * Within the transaction of the rows: moves checkpoints and adds counts, only where offset and owner epoch match.
   * Answers the claims for which they did not; then the transaction must roll back.
   */
  advance(session: S, pipeline: string, progress: readonly PartitionProgress[]): Promise<readonly Claim[]>;
  /** Whether the checkpoint is at the end of this progress, with its epoch, because an earlier COMMIT succeeded. */
  isDurable(session: S, pipeline: string, progress: PartitionProgress): Promise<boolean>;
  /** Notes that claims wait for other partitions, with the position of the record they wait with. */
  notePostponed(session: S, pipeline: string, waiting: ReadonlyMap<Claim, Position>): Promise<void>;
  /** Notes that the next record of claims does not fit the definition of its table. */
  noteHeld(session: S, pipeline: string, held: ReadonlyMap<Claim, Misfit>): Promise<void>;
}

/** A dead letter as it is stored. */
export type DeadLetterRow = {
  readonly topic: string;
  readonly partition: number;
  /** In decimal. */
  readonly offset: string;
  readonly stage: string;
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** JSON, see `encodeHeaders`; null without headers. */
  readonly headers: Buffer | null;
  /** Milliseconds since 1970, in decimal. */
  readonly timestamp: string;
};

/** Where dead letters are kept. */
export interface DeadLetters<S> {
  /**
   * Within the transaction of the rows: stores dead letters, at most one for each record. A record that was refused before
   * keeps its dead letter, which then has the latest reason and time.
   */
  insert(session: S, pipeline: string, rows: readonly DeadLetterRow[]): Promise<void>;
}
