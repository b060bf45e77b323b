/**
 * The session of one lane: a connection with its stage tables, opened when first needed and again after it broke.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Lane } from '../../contract.ts';
import { connect, type Database } from './connection.ts';

/** Milliseconds a whole transaction may take before its connection is given up: nothing waits for ever. */
const transactionDeadline = 600_000;

/** Milliseconds that closing may take. */
const closeLimit = 5_000;

/** One lane's connection to the target. */
export class LaneSession implements Lane<pg.Client> {
  readonly #database: Database;
  readonly #name: string;
  readonly #open: (client: pg.Client) => Promise<void>;
  #client: pg.Client | undefined;
  #closed = false;
  /** Settles when the transaction in flight has ended, one way or the other. */
  #inFlight: Promise<unknown> = Promise.resolve();

  /** `open` makes what a new connection needs. */
  constructor(database: Database, name: string, open: (client: pg.Client) => Promise<void>) {
    this.#database = database;
    this.#name = name;
    this.#open = open;
  }

  transaction<T>(work: (client: pg.Client) => Promise<T | undefined>): Promise<T | undefined> {
    const result = this.#transaction(work);
    this.#inFlight = result.catch(() => undefined);
    return result;
  }

  async #transaction<T>(work: (client: pg.Client) => Promise<T | undefined>): Promise<T | undefined> {
    const client = await this.session();
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

  async session(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = await connect(this.#database, this.#name);
    try {
      await this.#open(client);
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

  /** Hangs up when the transaction in flight and the goodbye take more than five seconds. */
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
