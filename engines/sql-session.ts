/** What a database product provides so that `sluice sql` can run statements on it. */
import type { PipelineError } from '../pipeline/errors.ts';

/**
 * What values of a column are, for their output: `integer` and `float` fit a number of JSON, `exact` numbers may not. Booleans
 * are `t` and `f`. Everything else is `text`.
 */
export type ColumnKind = 'integer' | 'float' | 'exact' | 'boolean' | 'json' | 'text';

/** A column of a result. */
export type Column = { readonly name: string; readonly kind: ColumnKind };

/** The values of a row; null means NULL. */
export type Row = readonly (string | null)[];

/** Receives the rows of a result. */
export type Receiver = {
  /** Called once, before any row, for a statement that returns rows. */
  readonly head: (columns: readonly Column[]) => void;
  readonly row: (row: Row) => void;
  /** Set when rows after `maxRows` are not needed. Without it all rows are read. */
  readonly stop?: {
    readonly maxRows: number;
    /** Returns true when no more rows are needed. */
    readonly enough: () => boolean;
  };
};

/** How a statement ended. */
export type Outcome = {
  /** First word of the command, such as `SELECT`; null if reading ended before the last row. */
  readonly command: string | null;
  /** Rows returned or affected; null if the command reports none. */
  readonly rows: number | null;
  readonly returnsRows: boolean;
};

/** One statement and its offset in the script. */
export type Statement = { readonly text: string; readonly start: number };

/** Why the server refused a statement. */
export type StatementRefusal = {
  readonly message: string;
  readonly code: string;
  /** The character of the statement at fault, from 1. */
  readonly position?: number;
  readonly advice?: string;
};

/** Settings of a session. */
export type SqlSessionOptions = {
  /** Whether statements may change the database. */
  readonly write: boolean;
  /** The longest statement, in milliseconds. */
  readonly timeoutMs: number;
  /** Gets notices and warnings of the server. */
  readonly notice: (text: string) => void;
};

/** One session. Statements run one after another. */
export interface SqlSession {
  /** Begins a transaction, which is read-only without `write`. */
  begin(): Promise<void>;
  /** Runs one statement. Rejects with the error of the server. */
  execute(statement: string, receiver: Receiver): Promise<Outcome>;
  /** Commits, unless a statement has ended the transaction itself. */
  commit(): Promise<void>;
  /** `false` pauses the rows of the running statement, `true` resumes them. */
  flow(go: boolean): void;
  /** Cancels the running statement by another session. */
  cancel(): Promise<void>;
  /** Closes the connection at once. */
  destroy(): void;
  close(): Promise<void>;
  /** The refusal of the server; undefined for a lost connection. */
  refusalOf(error: unknown): StatementRefusal | undefined;
  /** If an object is missing: the error if Sluice's tables are not those of this version. */
  schemaFault(error: unknown): Promise<PipelineError | undefined>;
  /** What happened to the earlier statements of a transaction that failed, as a sentence. */
  readonly rolledBack: string;
}
