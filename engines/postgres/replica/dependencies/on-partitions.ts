/**
 * Partitions of one topic depend on each other where a change reaches beyond its key: a row takes over the unique value of
 * another row (rule 22), or moves to a key of another partition. A record that arrives too early is retried until the other
 * partitions have come as far. Only then is it parked.
 */
import type pg from 'pg';
import type { Claim } from '../../../../pipeline/batch.ts';
import type { Replicated } from '../../../../pipeline/change.ts';

/** Milliseconds without a commit after which a partition counts as idle, with nothing to come before this event. */
const idleMs = 30_000;

/** Most events of a partition that are remembered as retried. */
const mostRetried = 1_000;

/**
 * Another partition is behind unless
 * - its last commit at the source is later than this event,
 * - or it waits itself, at an event with a later position: of all waiting partitions, the one with the lowest position continues,
 * - or it is idle. A partition that waits is not idle.
 */
const query = `
  select count(*)::integer as others, coalesce(bool_or(
    not coalesce(source_committed_at > to_timestamp($4::bigint / 1000.0), false)
    and not coalesce((postponed_generation, postponed_major, postponed_minor, partition)
      > ($7::integer, $8::bigint, $9::bigint, $3::integer), false)
    and not ($5 and coalesce(greatest(committed_at, postponed_at) < clock_timestamp() - $6 * interval '1 ms', true))
  ), false) as behind
  from sluice.checkpoint where pipeline = $1 and topic = $2 and partition <> $3`;

/** How long a partition has waited, with all events that follow each other at less than `idleMs`. */
type Wait = {
  readonly sinceMs: number;
  lastMs: number;
  /** Offsets of events that were retried once after the other partitions had come as far. */
  readonly retried: Set<string>;
};

/** Remembers which partitions wait. One entry for each partition. */
export class PartitionLead {
  readonly #pipeline: string;
  readonly #waits = new Map<string, Wait>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  /**
   * Whether another partition of the topic may still have an event without which this one does not fit. Once all partitions
   * have advanced as far, the event is retried one last time. All events of a partition share one
   * wait, so that many bad events do not wait one after another.
   */
  async isAhead(
    client: pg.Client,
    { topic, partition }: Claim,
    { event, origin, position }: Replicated,
  ): Promise<boolean> {
    const id = `${topic}/${partition}`;
    const now = performance.now();
    const before = this.#waits.get(id);
    const isSameWait = before !== undefined && now - before.lastMs < idleMs && before.retried.size < mostRetried;
    const wait = isSameWait ? before : { sinceMs: now, lastMs: now, retried: new Set<string>() };
    wait.lastMs = now;
    this.#waits.set(id, wait);
    if (wait.retried.has(origin.offset)) return false;
    const { rows } = await client.query<{ others: number; behind: boolean }>(query, [
      this.#pipeline,
      topic,
      partition,
      event.sourceTime ?? origin.timestamp,
      now - wait.sinceMs >= idleMs,
      idleMs,
      // The position of an incremental snapshot's row does not determine when it arrives.
      event.snapshot === 'incremental' ? null : position.generation,
      position.major,
      position.minor,
    ]);
    const [found] = rows;
    if (!found?.others) return false;
    if (!found.behind) wait.retried.add(origin.offset);
    return true;
  }
}
