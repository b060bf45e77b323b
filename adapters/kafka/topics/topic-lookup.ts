/**
 * Looks up topics and the ranges of their partitions while the source reads them. kafkajs's admin client requests metadata
 * of every topic it was ever asked for, and fails for all of them once one is deleted. So each error replaces the client.
 */
import type { Admin, Kafka } from 'kafkajs';
import { disconnectSoon } from '../client/client.ts';
import { type PartitionRange, partitionRanges, topicNames } from './topic.ts';

/** Looks up topics with an admin client that connects at the first request. */
export class TopicLookup {
  readonly #kafka: Kafka;
  readonly #pending = new Set<Promise<unknown>>();
  #admin: Promise<Admin> | undefined;
  #closed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** The names of all topics. */
  topics(): Promise<readonly string[]> {
    return this.#request((admin) => topicNames(admin));
  }

  /** First and end offset of each partition of a topic. */
  ranges(topic: string): Promise<readonly PartitionRange[]> {
    return this.#request((admin) => partitionRanges(admin, topic));
  }

  /** Waits for pending requests and disconnects. A request that ends later would open a connection again. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
    await this.#disconnect(this.#admin);
  }

  async #request<T>(send: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the topic lookup is closed');
    this.#admin ??= this.#connect();
    const admin = this.#admin;
    const answer = admin.then(send);
    this.#pending.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (this.#admin === admin) this.#admin = undefined;
      await this.#disconnect(admin);
      throw error;
    } finally {
      this.#pending.delete(answer);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }

  async #disconnect(admin: Promise<Admin> | undefined): Promise<void> {
    const connected = await admin?.catch(() => undefined);
    if (connected) await disconnectSoon(connected);
  }
}
