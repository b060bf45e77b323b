/**
 * The session of one lane: a connection with its staging tables. It opens on first use, and again after a failure.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Lane } from '../../contract.ts';
import { connect, type Database } from './connection.ts';

/** The longest transaction. After that its connection is closed, so that no lane waits forever. */
const transactionTimeoutMs = 600_000;

/** The longest wait for a session to close. */
const closeTimeoutMs = 5_000;

/** One lane's connection to the target. */
export class LaneSession implements Lane<pg.Client> {
  readonly #database: Database;
  readonly #name: string;
  readonly #open: (client: pg.Client) => Promise<void>;
  #client: pg.Client | undefined;
  #closed = false;
  /** Settles when the transaction in flight has committed or failed. */
  #inFlight: Promise<unknown> = Promise.resolve();

  /** @param open prepares a new connection, for example creates its staging tables. */
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
    const deadline = setTimeout(() => this.#destroy(client), transactionTimeoutMs);
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
      // `close` ran during the connect and did not see this session, so it ends here.
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

  /** Waits at most five seconds for the transaction in flight, then destroys the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    const hangUp = setTimeout(() => this.#client && this.#destroy(this.#client), closeTimeoutMs);
    await Promise.race([this.#inFlight, sleep(closeTimeoutMs, undefined, { ref: false })]);
    await this.#client?.end().catch(() => undefined);
    clearTimeout(hangUp);
  }

  #destroy(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.connection.stream.destroy();
  }
}
