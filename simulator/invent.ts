/** Yields invented events in groups for the producer. */
import { setImmediate } from 'node:timers/promises';
import type { LegacyBase } from './legacy-base.ts';
import type { Outgoing } from './produce.ts';

const groupSize = 500;

/**
 * Yields `count` events of the base; null means without end. Yields to the event loop after each group, because inventing
 * never waits for I/O.
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
