/**
 * Partitions of one topic depend on each other where a change reaches past its key: a row takes over the unique value of
 * another (rule 22), or goes on under a key that belongs to another partition. What comes too early is tried again until
 * the others have come as far; only then is it a bad record.
 */
import type pg from 'pg';
import type { Claim } from '../../../pipeline/batch.ts';
import type { Replicated } from '../../../pipeline/change.ts';

/** Milliseconds after which a partition that brings nothing is taken to have nothing before this event. */
const idleFor = 30_000;

/** Events whose waiting is remembered. Each partition has one at a time; the others fit meanwhile. */
const remembered = 1_000;

/**
 * How far the other partitions are: by the time of their last commit at the source, or silent for long. One that itself
 * waits is not silent. What came last before this event is the waiting of its own partition.
 */
const query = `
  select exists (
    select from sluice.checkpoint
    where pipeline = $1 and topic = $2 and partition <> $3
      and not coalesce(source_committed_at > to_timestamp($4::bigint / 1000.0), false)
      and not ($5 and coalesce(greatest(committed_at, postponed_at) < clock_timestamp() - $6 * interval '1 ms', true))
  ) as behind`;

/** What is known of an event that waits. */
type Wait = { readonly since: number; readonly caughtUp: boolean };

/** Remembers which events wait. */
export class PartitionLead {
  readonly #pipeline: string;
  readonly #waiting = new Map<string, Wait>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  /**
   * True while another partition of the topic may bring what makes the event fit. The others may have got as far since it
   * was tried, so it is tried once more then.
   */
  async isAhead(client: pg.Client, { topic, partition }: Claim, { event, origin }: Replicated): Promise<boolean> {
    const id = `${topic}/${partition}@${origin.offset}`;
    const now = performance.now();
    const { since, caughtUp } = this.#waiting.get(id) ?? { since: now, caughtUp: false };
    if (caughtUp) {
      this.#waiting.delete(id);
      return false;
    }
    const { rows } = await client.query<{ behind: boolean }>(query, [
      this.#pipeline,
      topic,
      partition,
      event.sourceTime ?? origin.timestamp,
      now - since >= idleFor,
      idleFor,
    ]);
    if (this.#waiting.size >= remembered) this.#forgetOldest();
    this.#waiting.set(id, { since, caughtUp: !rows[0]?.behind });
    return true;
  }

  /** An event that fits after all is not heard of again. */
  #forgetOldest(): void {
    for (const id of this.#waiting.keys()) {
      this.#waiting.delete(id);
      return;
    }
  }
}
