/**
 * Partitions of one topic depend on each other where a change reaches beyond its key: a row takes over the unique value of
 * another row (rule 22), or moves to a key of another partition. A record that arrives too early is retried until the other
 * partitions have come as far. Only then is it parked.
 */
import type { Claim } from '../../../pipeline/batch.ts';
import type { Replicated } from '../../../pipeline/change.ts';

/** Milliseconds without a commit after which a partition counts as idle, with nothing to come before this event. */
const idleMs = 30_000;

/** Most events of a partition that are remembered as retried. */
const mostRetried = 1_000;

/** The question how far the other partitions of a topic are, for an event that waits for them. */
export type LeadQuestion = {
  readonly pipeline: string;
  readonly topic: string;
  /** The partition of the event. It is not one of the others. */
  readonly partition: number;
  /** Commit time of the event at its source, in milliseconds since 1970, in decimal. */
  readonly committed: string;
  /** Position of the event. Its generation is null if the position does not determine when it arrives. */
  readonly position: { readonly generation: number | null; readonly major: string; readonly minor: string };
  /**
   * Milliseconds after which another partition without a commit counts as idle; null if none does. A partition that waits
   * is not idle.
   */
  readonly idleMs: number | null;
};

/**
 * `others`: how many other partitions there are. `behind`: whether one of them is behind the event. It is behind unless
 * - its last commit at the source is later than this event,
 * - or it waits itself, at an event with a later position: of all waiting partitions, the one with the lowest position continues,
 * - or it is idle.
 */
export type LeadAnswer = { readonly others: number; readonly behind: boolean };

/** How long a partition has waited, with all events that follow each other at less than `idleMs`. */
type Wait = {
  readonly sinceMs: number;
  lastMs: number;
  /** Offsets of events that were retried once after the other partitions had come as far. */
  readonly retried: Set<string>;
};

/** Remembers which partitions wait. One entry for each partition. */
export class PartitionLead<S> {
  readonly #pipeline: string;
  readonly #ask: (session: S, question: LeadQuestion) => Promise<LeadAnswer>;
  readonly #waits = new Map<string, Wait>();

  constructor(pipeline: string, ask: (session: S, question: LeadQuestion) => Promise<LeadAnswer>) {
    this.#pipeline = pipeline;
    this.#ask = ask;
  }

  /**
   * Whether another partition of the topic may still have an event without which this one does not fit. Once all partitions
   * have advanced as far, the event is retried one last time. All events of a partition share one
   * wait, so that many bad events do not wait one after another.
   */
  async isAhead(session: S, { topic, partition }: Claim, { event, origin, position }: Replicated): Promise<boolean> {
    const id = `${topic}/${partition}`;
    const now = performance.now();
    const before = this.#waits.get(id);
    const isSameWait = before !== undefined && now - before.lastMs < idleMs && before.retried.size < mostRetried;
    const wait = isSameWait ? before : { sinceMs: now, lastMs: now, retried: new Set<string>() };
    wait.lastMs = now;
    this.#waits.set(id, wait);
    if (wait.retried.has(origin.offset)) return false;
    const found = await this.#ask(session, {
      pipeline: this.#pipeline,
      topic,
      partition,
      committed: event.sourceTime ?? origin.timestamp,
      // The position of an incremental snapshot's row does not determine when it arrives.
      position: event.snapshot === 'incremental' ? { ...position, generation: null } : position,
      idleMs: now - wait.sinceMs >= idleMs ? idleMs : null,
    });
    if (found.others === 0) return false;
    if (!found.behind) wait.retried.add(origin.offset);
    return true;
  }
}
