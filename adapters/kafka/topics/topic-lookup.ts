/**
 * What the source asks Kafka about topics while it reads them. kafkajs's client asks about every topic it has ever been
 * asked about, and fails for all of them once one is deleted; so after an error it is made anew.
 */
import type { Admin, Kafka } from 'kafkajs';
import { disconnectSoon } from '../client/client.ts';
import { type PartitionRange, partitionRanges } from './topic.ts';

/** A client for questions, connected when the first is asked. */
export class Inquiry {
  readonly #kafka: Kafka;
  readonly #underWay = new Set<Promise<unknown>>();
  #admin: Promise<Admin> | undefined;
  #closed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** The names of all topics. */
  topics(): Promise<readonly string[]> {
    return this.#ask((admin) => admin.listTopics());
  }

  /** Where the partitions of a topic begin and end. */
  ranges(topic: string): Promise<readonly PartitionRange[]> {
    return this.#ask((admin) => partitionRanges(admin, topic));
  }

  /** Lets what is under way end. Left alone it would open its client's connection again after the end. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
    await this.#letGo(this.#admin);
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('nothing is asked any more');
    this.#admin ??= this.#connect();
    const admin = this.#admin;
    const answer = admin.then(question);
    this.#underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (this.#admin === admin) this.#admin = undefined;
      await this.#letGo(admin);
      throw error;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }

  async #letGo(admin: Promise<Admin> | undefined): Promise<void> {
    const connected = await admin?.catch(() => undefined);
    if (connected) await disconnectSoon(connected);
  }
}
