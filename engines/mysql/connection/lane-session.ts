/**
 * The session of one lane: a connection with its staging tables. It opens on first use, and again after a failure.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lane } from '../../contract.ts';
import { type MysqlDatabase, timeoutsOf } from './database.ts';
import { openSession } from './open-session.ts';
import type { Session } from './session.ts';

/** The longest transaction. After that its connection is closed, so that no lane waits forever. */
const transactionTimeoutMs = 600_000;

/** The longest wait for a session to close. */
const closeTimeoutMs = 5_000;

/** What differs in tests. */
export type LaneOptions = { readonly transactionTimeoutMs?: number };

/** One lane's connection to the target. */
export class LaneSession implements Lane<Session> {
  readonly #database: MysqlDatabase;
  readonly #name: string;
  readonly #prepare: (session: Session) => Promise<void>;
  readonly #transactionTimeoutMs: number;
  #session: Session | undefined;
  #closed = false;
  /** Settles when the transaction in flight has committed or failed. */
  #inFlight: Promise<unknown> = Promise.resolve();

  /** @param prepare prepares a new connection, for example creates its staging tables. */
  constructor(
    database: MysqlDatabase,
    name: string,
    prepare: (session: Session) => Promise<void>,
    options: LaneOptions = {},
  ) {
    this.#database = database;
    this.#name = name;
    this.#prepare = prepare;
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? transactionTimeoutMs;
  }

  transaction<T>(work: (session: Session) => Promise<T | undefined>): Promise<T | undefined> {
    const result = this.#transaction(work);
    this.#inFlight = result.catch(() => undefined);
    return result;
  }

  async #transaction<T>(work: (session: Session) => Promise<T | undefined>): Promise<T | undefined> {
    const session = await this.session();
    const deadline = setTimeout(() => this.#destroy(session), this.#transactionTimeoutMs);
    try {
      await session.run('start transaction');
      const result = await work(session);
      await session.run(result === undefined ? 'rollback' : 'commit');
      // Named locks outlive the transaction. It has ended whether or not this succeeds, so a failure only ends the session.
      session.run('do release_all_locks()').catch(() => this.#destroy(session));
      return result;
    } catch (error) {
      this.#destroy(session);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  async session(): Promise<Session> {
    if (this.#session && !this.#session.isGivenUp) return this.#session;
    this.#session?.destroy();
    this.#session = undefined;
    const session = await openSession(this.#database, this.#name);
    try {
      // MySQL has no timeout for a transaction in which the client is silent, so that it ends any silent session of a lane.
      if (session.flavor === 'mysql') await session.run(`set session wait_timeout = ${this.#idleSeconds()}`);
      await this.#prepare(session);
      // `close` ran during the connect and did not see this session, so it ends here.
      if (this.#closed) throw new Error(`the session ${this.#name} is closed`);
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.#session = session;
    return session;
  }

  /** Waits at most five seconds for the transaction in flight, then destroys the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.race([this.#inFlight, sleep(closeTimeoutMs, undefined, { ref: false })]);
    await this.#session?.end();
  }

  #idleSeconds(): number {
    return Math.ceil(timeoutsOf(this.#database).idleInTransaction / 1000);
  }

  #destroy(session: Session): void {
    if (this.#session === session) this.#session = undefined;
    session.destroy();
  }
}
