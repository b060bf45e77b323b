/** Counts how often the claim of a partition was fenced, so that repeated takeovers are retried with a growing delay. */
import { idOf, type TopicPartition } from '../topics/topic-partition.ts';

/** Milliseconds without being fenced after which the count of a partition starts again. */
const countedForMs = 60_000;

/** Fences of each owned partition. */
export class FenceCounter {
  readonly #fences = new Map<string, { readonly times: number; readonly at: number }>();

  /** Counts a fence. Returns how often the partition was fenced in a row, this time included. */
  count(partition: TopicPartition): number {
    const id = idOf(partition);
    const before = this.#fences.get(id);
    const at = performance.now();
    const times = before && at - before.at < countedForMs ? before.times + 1 : 1;
    this.#fences.set(id, { times, at });
    return times;
  }

  /** Forgets all other partitions, so that the map does not grow while topics are created and deleted. */
  keepOnly(partitions: readonly TopicPartition[]): void {
    const ids = new Set(partitions.map(idOf));
    for (const id of this.#fences.keys()) if (!ids.has(id)) this.#fences.delete(id);
  }
}
