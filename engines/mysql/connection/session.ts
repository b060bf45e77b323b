/** One session of MySQL or MariaDB: an open connection, and what is known of its server. Statements run one after another. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, FieldPacket, QueryOptions, ResultSetHeader } from 'mysql2/promise';
import { quoted } from '../identifiers.ts';
import { decodedBy } from './cells.ts';
import type { Flavor, ServerVersion } from './server-version.ts';

/** A parameter of a statement, for a `?`. */
export type SqlValue = string | number | bigint | boolean | Buffer | null;

/** A cell of a result: text as the server writes it, also for numbers and times; bytes for binary columns. */
export type SqlCell = string | Buffer | null;

/** What a statement without a result changed. */
export type Changed = {
  /** Rows that were inserted or deleted, or that an UPDATE found, whether or not it changed them. */
  readonly rows: number;
  /** The server's summary, such as `Records: 3  Duplicates: 0  Warnings: 0`. */
  readonly info: string;
  readonly warnings: number;
};

/** What a session is made of. */
export type SessionParts = {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly server: ServerVersion;
  /** The server's number of the session. */
  readonly id: string;
  readonly bookkeeping: string;
  readonly maxPacketBytes: number;
  readonly takesLocalFiles: boolean;
  /** Milliseconds after which a query without an answer ends the session. */
  readonly answerMs: number;
};

/** The longest wait for an orderly end. */
const endTimeoutMs = 2_000;

/**
 * Errors after which the server may have rolled back the whole transaction, savepoints included: lock wait timeout, deadlock,
 * and MariaDB's record that changed since the last read. It would commit each further statement on its own.
 */
const rolledBack: ReadonlySet<unknown> = new Set([1205, 1213, 1020]);

/** An open session. After a deadlock, a lock timeout or a lost connection it refuses every further statement. */
export class Session {
  readonly flavor: Flavor;
  readonly version: ServerVersion['version'];
  readonly id: string;
  /** Database of Sluice's own tables. */
  readonly bookkeeping: string;
  /** The largest statement that the server takes, in bytes. */
  readonly maxPacketBytes: number;
  /** Whether the server takes LOAD DATA LOCAL. */
  readonly takesLocalFiles: boolean;
  readonly #parts: SessionParts;
  #failure: unknown;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.flavor = parts.server.flavor;
    this.version = parts.server.version;
    this.id = parts.id;
    this.bookkeeping = parts.bookkeeping;
    this.maxPacketBytes = parts.maxPacketBytes;
    this.takesLocalFiles = parts.takesLocalFiles;
    // MySQL sends the reason before it ends an idle session. Any error outside of a query means that the session is gone.
    parts.connection.on('error', (cause: unknown) => this.#giveUp(new Error('the session was closed', { cause })));
    for (const event of ['end', 'close'])
      parts.socket.once(event, () => this.#giveUp(new Error('the session was closed')));
  }

  /** The connection of the driver, for streams of rows. Statements through it are not supervised. */
  get connection(): Connection {
    return this.#parts.connection;
  }

  /** Whether the session is of no further use. */
  get isGivenUp(): boolean {
    return this.#failure !== undefined;
  }

  /** One of Sluice's own tables, qualified and quoted. */
  own(table: string): string {
    return `${quoted(this.bookkeeping)}.${quoted(table)}`;
  }

  /** Runs a query and returns its rows as objects. `T` names its columns, and which of them are binary. */
  async rows<T extends { readonly [column: string]: SqlCell }>(
    sql: string,
    values?: readonly SqlValue[],
  ): Promise<readonly T[]> {
    const [rows, fields] = await this.#query({ sql, ...valuesOf(values) });
    const names = fields.map(({ name }) => name);
    const decode = decodedBy(fields);
    return (rows as (Buffer | null)[][]).map(
      (row) => Object.fromEntries(decode(row).map((cell, index) => [names[index], cell])) as T,
    );
  }

  /** Runs a query and returns its rows as arrays of cells. */
  async cells(sql: string, values?: readonly SqlValue[]): Promise<readonly (readonly SqlCell[])[]> {
    const [rows, fields] = await this.#query({ sql, ...valuesOf(values) });
    return (rows as (Buffer | null)[][]).map(decodedBy(fields));
  }

  /** Runs a statement without a result. */
  async run(sql: string, values?: readonly SqlValue[]): Promise<Changed> {
    const [header] = await this.#query({ sql, ...valuesOf(values) });
    return changedBy(header as ResultSetHeader);
  }

  /** Runs a statement without a result as a prepared one, which sends bytes as they are. */
  async runPrepared(sql: string, values: readonly SqlValue[]): Promise<Changed> {
    const [header] = await this.#supervised((options) =>
      this.connection.execute({ ...options, sql, values: [...values] }),
    );
    return changedBy(header as ResultSetHeader);
  }

  /** Runs `LOAD DATA LOCAL INFILE`. The server reads `content` instead of a file, whatever name the statement has. */
  async load(sql: string, content: () => Readable): Promise<Changed> {
    const [header] = await this.#query({ sql, infileStreamFactory: content });
    return changedBy(header as ResultSetHeader);
  }

  /** Ends the session; destroys its socket after two seconds without an answer. Never rejects. */
  async end(): Promise<void> {
    if (!this.isGivenUp)
      await Promise.race([
        this.connection.end().catch(() => undefined),
        sleep(endTimeoutMs, undefined, { ref: false }),
      ]);
    this.destroy();
  }

  /** Closes the socket at once. The server rolls back, and a running query is rejected. */
  destroy(): void {
    this.#giveUp(new Error('the session was closed'));
    this.#parts.socket.destroy();
  }

  /** Resolves when the socket is closed. */
  async closed(): Promise<void> {
    if (!this.#parts.socket.closed) await once(this.#parts.socket, 'close');
  }

  #query(statement: QueryOptions): Promise<[unknown, FieldPacket[]]> {
    return this.#supervised((options) => this.connection.query({ ...statement, ...options }));
  }

  async #supervised(
    send: (options: Pick<QueryOptions, 'rowsAsArray' | 'typeCast' | 'timeout'>) => Promise<[unknown, FieldPacket[]]>,
  ): Promise<[unknown, FieldPacket[]]> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await send({ rowsAsArray: true, typeCast: false, timeout: this.#parts.answerMs });
    } catch (error) {
      const { errno, fatal, code } = error as { errno?: unknown; fatal?: unknown; code?: unknown };
      if (rolledBack.has(errno)) this.#giveUp(error);
      // The answer may still arrive, and would be taken for that of the next query.
      if (fatal === true || code === 'PROTOCOL_SEQUENCE_TIMEOUT') this.destroy();
      throw error;
    }
  }

  #giveUp(error: unknown): void {
    this.#failure ??= error;
  }
}

const valuesOf = (values: readonly SqlValue[] | undefined): Pick<QueryOptions, 'values'> =>
  values === undefined ? {} : { values: [...values] };

const changedBy = ({ affectedRows, info, warningStatus }: ResultSetHeader): Changed => ({
  rows: affectedRows,
  info,
  warnings: warningStatus,
});
