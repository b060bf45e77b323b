/**
 * The session of one lane: a connection with its `incoming` table, opened when first needed and again after it broke.
 */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { TableShape } from '../../schemas/table-shape.ts';
import { connect, type Database } from './connection.ts';
import { copyIncoming, createIncoming } from './sql/incoming.ts';

/** Milliseconds a whole transaction may take before its connection is given up: nothing waits for ever. */
const transactionDeadline = 600_000;

/** Milliseconds that closing may take. */
const closeLimit = 5_000;

/** One lane's connection to the target. */
export class LaneSession {
  readonly #database: Database;
  readonly #name: string;
  readonly #table: TableShape;
  #client: pg.Client | undefined;
  #closed = false;
  /** Settles when the transaction in flight has ended, one way or the other. */
  #inFlight: Promise<unknown> = Promise.resolve();

  constructor(database: Database, name: string, table: TableShape) {
    this.#database = database;
    this.#name = name;
    this.#table = table;
  }

  /**
   * Runs `work` between BEGIN and COMMIT; rolls back when it answers `undefined`. After an error the connection is
   * given up: whether it is usable is not worth finding out, and a COMMIT in doubt must not be followed by anything.
   */
  transaction<T>(work: (client: pg.Client) => Promise<T | undefined>): Promise<T | undefined> {
    const result = this.#transaction(work);
    this.#inFlight = result.catch(() => undefined);
    return result;
  }

  async #transaction<T>(work: (client: pg.Client) => Promise<T | undefined>): Promise<T | undefined> {
    const client = await this.client();
    const deadline = setTimeout(() => this.#destroy(client), transactionDeadline);
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query(result === undefined ? 'rollback' : 'commit');
      return result;
    } catch (error) {
      this.#destroy(client);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** The open connection. */
  async client(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = await connect(this.#database, this.#name);
    try {
      await client.query(createIncoming(this.#table));
      // Closed while connecting: nobody would end this session any more.
      if (this.#closed) throw new Error(`the session ${this.#name} is closed`);
    } catch (error) {
      this.#destroy(client);
      throw error;
    }
    client.once('end', () => {
      if (this.#client === client) this.#client = undefined;
    });
    this.#client = client;
    return client;
  }

  /** Sends rows made by `copyText` to `incoming`, no faster than the connection takes them. */
  async copy(client: pg.Client, rows: Iterable<Buffer>): Promise<void> {
    const stream = client.query(copyFrom(copyIncoming));
    const done = finished(stream);
    // Whoever leaves this loop by another error has told of that one.
    done.catch(() => undefined);
    for (const piece of rows) if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
    stream.end();
    await done;
  }

  /** Lets the transaction in flight end and says goodbye; hangs up when that takes more than five seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    const hangUp = setTimeout(() => this.#client && this.#destroy(this.#client), closeLimit);
    await Promise.race([this.#inFlight, sleep(closeLimit, undefined, { ref: false })]);
    await this.#client?.end().catch(() => undefined);
    clearTimeout(hangUp);
  }

  #destroy(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.connection.stream.destroy();
  }
}
