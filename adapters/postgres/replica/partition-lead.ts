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

/** Events whose waiting is remembered: one for each partition at a time, and some that were given up. */
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

/** Remembers since when events wait. */
export class PartitionLead {
  readonly #pipeline: string;
  readonly #since = new Map<string, number>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  /** True while another partition of the topic may bring what makes the event fit. */
  async isAhead(client: pg.Client, { topic, partition }: Claim, { event, origin }: Replicated): Promise<boolean> {
    const id = `${topic}/${partition}@${origin.offset}`;
    const since = this.#since.get(id) ?? performance.now();
    const patient = performance.now() - since < idleFor;
    const { rows } = await client.query<{ behind: boolean }>(query, [
      this.#pipeline,
      topic,
      partition,
      event.sourceTime ?? origin.timestamp,
      !patient,
      idleFor,
    ]);
    const behind = rows[0]?.behind ?? false;
    if (!behind) this.#since.delete(id);
    else if (this.#since.size < remembered || this.#since.has(id)) this.#since.set(id, since);
    return behind;
  }
}
