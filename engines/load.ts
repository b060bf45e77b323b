/**
 * Loading whole tables. A source reads a table in chunks by ranges of its primary key, each in a short transaction. A target
 * writes each chunk in one transaction, together with its entry in the ledger, so that a load continues after any interruption.
 */
import type { Diagnose, PipelineError } from '../pipeline/errors.ts';
import type { Say } from '../pipeline/waiting.ts';
import type { TableDefinition } from './types/table.ts';

/** Values of the columns of a primary key, in the source's text form. */
export type KeyBound = readonly string[];

/** The rows of a table with a key after `after`, up to and including `upTo`. Null means the first or the last row. */
export type KeyRange = {
  readonly table: TableDefinition;
  readonly after: KeyBound | null;
  readonly upTo: KeyBound | null;
};

/** A part of a table that is loaded in one transaction. */
export type Chunk = KeyRange & {
  /** The database that it is read from, see {@link LoadReader.identity}. */
  readonly source: string;
  /** Its number within the table, from 1. */
  readonly number: number;
};

/** Cells of a row, in PostgreSQL's text form, in the order of the loaded columns. */
export type LoadedRow = readonly (string | null)[];

/** The rows of a chunk. Each call reads them from the source again. */
export type ChunkRows = {
  readonly cells: () => AsyncIterable<readonly LoadedRow[]>;
  /** The same rows in the text format of PostgreSQL's COPY, in blocks of any length; null if the source cannot send it. */
  readonly copyText: (() => AsyncIterable<Buffer>) | null;
};

/** A row that the target cannot hold, with the reason. `cells` are named by their columns. */
export type RefusedRow = {
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  readonly cells: Readonly<Record<string, string | null>>;
};

/** A constraint of the target that its rows violate. */
export type BrokenConstraint = {
  readonly table: string;
  readonly constraint: string;
  /** Rows that violate it. */
  readonly count: number;
  /** Up to three of their keys. */
  readonly examples: readonly string[];
};

/** A chunk that is durable in the target. */
export type LedgerEntry = {
  /** The database that it was read from, see {@link LoadReader.identity}. */
  readonly source: string;
  readonly schema: string;
  readonly table: string;
  readonly number: number;
  readonly after: KeyBound | null;
  readonly upTo: KeyBound | null;
  readonly rows: number;
  /** Rows that the target cannot hold. They are kept beside the ledger, with their reasons. */
  readonly refused: number;
};

/** An estimate. `rows` is null for a table that was never analysed. */
export type TableSize = { readonly rows: number | null; readonly bytes: number };

/** The database that is read. */
export interface LoadSource {
  /** For messages: `PostgreSQL at host:port`. */
  readonly server: string;
  readonly diagnose: Diagnose;
  /** Opens one connection. */
  open(name: string): Promise<LoadReader>;
}

/** One connection of the source. */
export interface LoadReader {
  /** Tells this database from all others, whatever address leads to it. */
  identity(): Promise<string>;
  /** All tables of the source. */
  tables(): Promise<readonly TableDefinition[]>;
  /** Why later changes of these tables could not be followed, each with its fix as advice. */
  captureFaults(tables: readonly TableDefinition[]): Promise<readonly PipelineError[]>;
  /** Estimated sizes by `schema.table`. */
  estimates(tables: readonly TableDefinition[]): Promise<ReadonlyMap<string, TableSize>>;
  /** The key of the row that comes `rows` rows after a key; null if the table has fewer. */
  boundAfter(table: TableDefinition, after: KeyBound | null, rows: number): Promise<KeyBound | null>;
  /** Reads these columns of a range, in one snapshot. */
  read(range: KeyRange, columns: readonly string[]): AsyncIterable<readonly LoadedRow[]>;
  /** As `read`, but in the text format of PostgreSQL's COPY. Only for sources that send it. */
  readCopyText?(range: KeyRange, columns: readonly string[]): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** What a writer did with a chunk. */
export type Loaded = { readonly rows: number; readonly refused: number };

/** The database that is written. */
export interface LoadTarget {
  readonly server: string;
  readonly diagnose: Diagnose;
  /** Creates or migrates Sluice's own tables. Returns the versions applied. `say` reports a wait for the server. */
  prepare(say: Say): Promise<readonly number[]>;
  /** Opens one connection. */
  open(name: string): Promise<LoadWriter>;
}

/** One connection of the target. */
export interface LoadWriter {
  /** Keeps other loads away until the writer is closed. Throws `load_running` if there is one. */
  lock(): Promise<void>;
  /** Creates the tables that the target lacks, where it can. Returns their names. */
  createMissing(tables: readonly TableDefinition[]): Promise<readonly string[]>;
  /** The chunks that are durable, by table and number. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /**
   * The columns to load into the target's table: those that both have, without those that the target computes. Throws
   * `table_missing` or `columns_missing`, `table_not_empty` if the table has rows of which the ledger knows nothing, and
   * `loaded_rows_missing` if it has none of those that the ledger has and no pipeline writes it.
   *
   * @param loaded rows of the table in the ledger; null if it knows nothing of the table.
   */
  columns(table: TableDefinition, loaded: number | null): Promise<readonly string[]>;
  /** The statement that removes the entries of a table from the ledger, for a person to run. */
  forgetting(table: TableDefinition): string;
  /** Prepares the tables before the first chunk is written. */
  begin(tables: readonly TableDefinition[]): Promise<void>;
  /**
   * Writes a chunk and its ledger entry in one transaction. A chunk that contains rows which the target refuses is read
   * twice. Throws `load_running` if another load has written a chunk of this number with other bounds or from another source.
   */
  write(chunk: Chunk, columns: readonly string[], rows: ChunkRows): Promise<Loaded>;
  /** Completes the tables after the last chunk. Returns the constraints that their rows violate. */
  finish(tables: readonly TableDefinition[]): Promise<readonly BrokenConstraint[]>;
  close(): Promise<void>;
}
