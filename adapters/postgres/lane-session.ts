/**
 * The session of one lane: a connection with its `incoming` table, opened when first needed and again after it broke.
 */
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { TableShape } from '../../schemas/table-shape.ts';
import { connect, type Database } from './connection.ts';
import { copyIncoming, createIncoming } from './sql/incoming.ts';

/** Milliseconds a whole transaction may take before its connection is given up: nothing waits for ever. */
const transactionDeadline = 180_000;

/** One lane's connection to the target. */
export class LaneSession {
  readonly #database: Database;
  readonly #name: string;
  readonly #table: TableShape;
  #client: pg.Client | undefined;

  constructor(database: Database, name: string, table: TableShape) {
    this.#database = database;
    this.#name = name;
    this.#table = table;
  }

  /**
   * Runs `work` between BEGIN and COMMIT; rolls back when it answers `undefined`. After an error the connection is
   * given up: whether it is usable is not worth finding out, and a COMMIT in doubt must not be followed by anything.
   */
  async transaction<T>(work: (client: pg.Client) => Promise<T | undefined>): Promise<T | undefined> {
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

  /** Sends rows made by `copyText` to `incoming`. */
  async copy(client: pg.Client, rows: Buffer): Promise<void> {
    const stream = client.query(copyFrom(copyIncoming));
    stream.end(rows);
    await finished(stream);
  }

  /** Says goodbye, and hangs up when that takes more than two seconds. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    const hangUp = setTimeout(() => this.#destroy(client), 2_000);
    await client.end().catch(() => undefined);
    clearTimeout(hangUp);
  }

  #destroy(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.connection.stream.destroy();
  }
}
