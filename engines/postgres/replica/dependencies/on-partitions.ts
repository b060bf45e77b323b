/**
 * Partitions of one topic depend on each other where a change reaches past its key: a row takes over the unique value of
 * another (rule 22), or goes on under a key that belongs to another partition. What comes too early is tried again until
 * the others have come as far; only then is it a bad record.
 */
import type pg from 'pg';
import type { Claim } from '../../../../pipeline/batch.ts';
import type { Replicated } from '../../../../pipeline/change.ts';

/** Milliseconds after which a partition that brings nothing is taken to have nothing before this event. */
const idleFor = 30_000;

/** Events of a partition that are remembered as tried. */
const remembered = 1_000;

/**
 * How far the other partitions are: by the time of their last commit at the source; or they wait themselves, with an event
 * of a later place; or they are silent for long. One that itself waits is not silent. So of all that wait the first in the
 * order of the source waits for none of them. What came last before this event is the waiting of its own partition.
 */
const query = `
  select count(*)::integer as others, coalesce(bool_or(
    not coalesce(source_committed_at > to_timestamp($4::bigint / 1000.0), false)
    and not coalesce((postponed_generation, postponed_major, postponed_minor, partition)
      > ($7::integer, $8::bigint, $9::bigint, $3::integer), false)
    and not ($5 and coalesce(greatest(committed_at, postponed_at) < clock_timestamp() - $6 * interval '1 ms', true))
  ), false) as behind
  from sluice.checkpoint where pipeline = $1 and topic = $2 and partition <> $3`;

/** The waits of one partition, as long as they follow each other. */
type Wait = {
  readonly since: number;
  last: number;
  /** Offsets of events that were tried once more after the others had come as far. */
  readonly tried: Set<string>;
};

/** Remembers which partitions wait. As many as there are, and no more. */
export class PartitionLead {
  readonly #pipeline: string;
  readonly #waits = new Map<string, Wait>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  /**
   * True while another partition of the topic may bring what makes the event fit. The others may have got as far since it
   * was tried, so it is tried once more then. Patience is a partition's: events that fit no better do not wait one by one.
   */
  async isAhead(
    client: pg.Client,
    { topic, partition }: Claim,
    { event, origin, position }: Replicated,
  ): Promise<boolean> {
    const id = `${topic}/${partition}`;
    const now = performance.now();
    const before = this.#waits.get(id);
    const goesOn = before !== undefined && now - before.last < idleFor && before.tried.size < remembered;
    const wait = goesOn ? before : { since: now, last: now, tried: new Set<string>() };
    wait.last = now;
    this.#waits.set(id, wait);
    if (wait.tried.has(origin.offset)) return false;
    const { rows } = await client.query<{ others: number; behind: boolean }>(query, [
      this.#pipeline,
      topic,
      partition,
      event.sourceTime ?? origin.timestamp,
      now - wait.since >= idleFor,
      idleFor,
      // The place of an incremental snapshot's row does not tell when it comes.
      event.snapshot === 'incremental' ? null : position.generation,
      position.major,
      position.minor,
    ]);
    const [answer] = rows;
    if (!answer?.others) return false;
    if (!answer.behind) wait.tried.add(origin.offset);
    return true;
  }
}
