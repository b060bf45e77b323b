/**
 * Loads a plain dump of pg_dump, or another script of SQL, into the database of a connection, as `psql -f` would. Every
 * statement is its own transaction; the first error ends the load, and what was loaded before it stays.
 */
import pg from 'pg';
import type { ScriptPart } from '../../statement-splitter.ts';
import { copyInto } from '../copy.ts';
import { DumpError } from './dump-error.ts';
import { DumpReader } from './dump-reader.ts';
import { type Policy, policyOf, type SkipReason } from './policy.ts';
import { openDump } from './unpack.ts';

/** How far a load is. */
export type DumpProgress = {
  readonly bytes: number;
  /** Bytes of the file read so far, packed if the file is. */
  readonly bytesRead: number;
  /** Rows of finished COPY and INSERT statements. */
  readonly rows: number;
  /** The table that COPY fills at the moment, null between two of them. */
  readonly table: string | null;
};

/** What a load did. */
export type DumpSummary = {
  /** Statements that were run, COPY included. */
  readonly statements: number;
  readonly rows: number;
  /** Rows by table, as the dump writes its name, in the order of the dump. */
  readonly tables: ReadonlyMap<string, number>;
  /** Number of statements that were not run, by their reason. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Parameters that this server does not know. */
  readonly unknownParameters: readonly string[];
  /** Whether the file begins like a dump of pg_dump and does not end like one: its end may be missing. */
  readonly mayBeCut: boolean;
};

/** Characters of a statement shown in an error. */
const shownCharacters = 80;

const insert = /^insert\s+into\s+((?:"(?:[^"]|"")*"|[^\s("])+)/i;

const states = { unknownParameter: '42704', schemaExists: '42P06' };

/**
 * Loads the file: plain, `.gz` or `.zst`. Owners, privileges and `CREATE DATABASE` are left out, so that every object
 * belongs to the user and the database of `client`. The parameters of the session are reset at the end.
 *
 * @param onProgress called after every statement and every piece of rows; often, so it must be fast.
 * @throws {DumpError} with the line and the start of the statement, and the errors of reading the file. A lost connection
 *   is a `DumpError`, too, with the driver's error as cause.
 */
export async function loadDump(
  client: pg.Client,
  path: string,
  onProgress: (progress: DumpProgress) => void = () => undefined,
): Promise<DumpSummary> {
  const file = await openDump(path);
  const reader = new DumpReader(path, file.text);
  const load = new DumpLoad(client, path, reader, (rows, table) =>
    onProgress({ bytes: file.bytes, bytesRead: file.bytesRead(), rows, table }),
  );
  try {
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) await load.run(part);
    await client.query('reset all');
    return load.summary;
  } catch (error) {
    // The statement that failed may have been in a transaction of the dump. The first error is the one to report.
    await client.query('rollback').catch(() => undefined);
    await client.query('reset all').catch(() => undefined);
    throw error;
  } finally {
    await reader.close();
  }
}

class DumpLoad {
  readonly #client: pg.Client;
  readonly #path: string;
  readonly #reader: DumpReader;
  readonly #report: (rows: number, table: string | null) => void;
  readonly #tables = new Map<string, number>();
  readonly #skipped: Record<SkipReason, number> = { owners: 0, databases: 0, psql: 0 };
  readonly #unknownParameters: string[] = [];
  #statements = 0;
  #rows = 0;
  #database: string | undefined;

  constructor(
    client: pg.Client,
    path: string,
    reader: DumpReader,
    report: (rows: number, table: string | null) => void,
  ) {
    this.#client = client;
    this.#path = path;
    this.#reader = reader;
    this.#report = report;
  }

  get summary(): DumpSummary {
    return {
      statements: this.#statements,
      rows: this.#rows,
      tables: this.#tables,
      skipped: this.#skipped,
      unknownParameters: this.#unknownParameters,
      mayBeCut: this.#reader.mayBeCut,
    };
  }

  async run(part: ScriptPart): Promise<void> {
    const policy = policyOf(part);
    if (policy.kind === 'skip') this.#skipped[policy.why] += 1;
    else if (policy.kind === 'connect') this.#connect(part, policy.database);
    else if (policy.kind === 'unsupported')
      throw this.#error(part.line, `${policy.command} is a command of psql that cannot be followed`, {
        fix: 'Use a plain dump of pg_dump, or load the file with psql.',
      });
    else if (policy.kind === 'copy') await this.#copy(part, policy.table);
    else await this.#execute(part, policy);
    this.#report(this.#rows, null);
  }

  /** The dump of one database names it at its beginning. A second name would mix two databases. */
  #connect(part: ScriptPart, database: string): void {
    if (this.#database !== undefined && this.#database !== database)
      throw this.#error(part.line, `the dump holds several databases: ${this.#database} and ${database}`, {
        fix: 'Dump one database with pg_dump, or split the file there.',
      });
    this.#database = database;
    this.#skipped.psql += 1;
  }

  async #copy(part: ScriptPart, table: string): Promise<void> {
    const firstLine = this.#reader.line + 1;
    const report = () => this.#report(this.#rows, table);
    async function* reported(rows: AsyncIterable<Buffer>) {
      for await (const piece of rows) {
        report();
        yield piece;
      }
    }
    try {
      this.#count(table, await copyInto(this.#client, part.text, reported(this.#reader.copyData())));
    } catch (error) {
      if (error instanceof DumpError) throw error;
      throw this.#refused(part, lineOfRow(error, firstLine) ?? part.line, error);
    }
    this.#statements += 1;
  }

  async #execute(part: ScriptPart, policy: Policy): Promise<void> {
    if (policy.kind === 'set') this.#prepareFor(part, policy.parameter, policy.value);
    try {
      const result = await this.#client.query(part.text);
      this.#statements += 1;
      const table = result.command === 'INSERT' ? insert.exec(part.text.slice(part.contentStart))?.[1] : undefined;
      if (table !== undefined) this.#count(table, result.rowCount ?? 0);
    } catch (error) {
      const state = error instanceof pg.DatabaseError ? error.code : undefined;
      if (policy.kind === 'set' && state === states.unknownParameter) {
        this.#unknownParameters.push(policy.parameter);
        return;
      }
      // Every database has this schema, and a dump with changed privileges makes it nevertheless.
      if (state === states.schemaExists && /\bcreate schema public$/i.test(part.text)) return;
      throw this.#refused(part, lineInStatement(error, part), error);
    }
  }

  #prepareFor(part: ScriptPart, parameter: string, value: string): void {
    if (parameter === 'standard_conforming_strings')
      this.#reader.backslashEscapes = /^(?:off|false|no|0)$/i.test(value.trim());
    if (parameter === 'client_encoding' && !/^utf-?8$/i.test(value.trim()))
      throw this.#error(part.line, `the text of the dump is in ${value.trim()}; expected UTF8`, {
        fix: 'Make it with pg_dump --encoding=UTF8.',
      });
  }

  #count(table: string, rows: number): void {
    this.#rows += rows;
    this.#tables.set(table, (this.#tables.get(table) ?? 0) + rows);
  }

  #refused(part: ScriptPart, line: number, cause: unknown): DumpError {
    const { message, code, detail, hint } = cause as Partial<pg.DatabaseError>;
    const reason = [code === undefined ? message : `${message} [${code}]`, detail].filter(Boolean).join('. ');
    const start = part.text.slice(part.contentStart, part.contentStart + shownCharacters * 2).replace(/\s+/g, ' ');
    const shown = start.length > shownCharacters ? `${start.slice(0, shownCharacters)}…` : start;
    return this.#error(line, `${reason}, in: ${shown}`, { fix: hint ?? '', cause });
  }

  #error(line: number, problem: string, { fix = '', cause }: { fix?: string; cause?: unknown }): DumpError {
    return new DumpError(this.#path, line, problem, fix, cause === undefined ? undefined : { cause });
  }
}

/** The line of the row that COPY refused: the server counts its rows from 1. */
function lineOfRow(error: unknown, firstLine: number): number | undefined {
  const row = error instanceof pg.DatabaseError ? /^COPY [^\n]*?, line (\d+)/.exec(error.where ?? '')?.[1] : undefined;
  return row === undefined ? undefined : firstLine + Number(row) - 1;
}

/** The line of the place that the server names in characters of the statement, else the line of its first word. */
function lineInStatement(error: unknown, { text, contentStart, line }: ScriptPart): number {
  const position = error instanceof pg.DatabaseError ? Number(error.position ?? 0) : 0;
  if (position === 0) return line;
  const before = Array.from(text)
    .slice(0, position - 1)
    .join('')
    .slice(contentStart);
  return line + before.split('\n').length - 1;
}
