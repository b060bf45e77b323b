/** Invented events in groups, as the producer takes them. */
import { setImmediate } from 'node:timers/promises';
import type { LegacyBase } from './legacy-base.ts';
import type { Outgoing } from './produce.ts';

const groupSize = 500;

/**
 * So many events of that base; null for without end. Lets other work in between groups, since inventing never waits by
 * itself.
 */
export async function* inventEvents(base: LegacyBase, count: number | null): AsyncGenerator<Outgoing[]> {
  let left = count ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const group: Outgoing[] = [];
    for (let n = Math.min(groupSize, left); n > 0; n -= 1) group.push(base.next());
    left -= group.length;
    yield group;
    await setImmediate();
  }
}
