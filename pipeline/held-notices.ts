/** Emits once that a table is held, and once that it goes on, however often it is tried in between. */
import type { Events } from './events.ts';
import type { Written } from './ports.ts';

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** What is held, by partition. As many entries as there are partitions, and no more. */
export class HeldNotices {
  readonly #events: Events;
  readonly #held = new Map<string, { readonly table: string; readonly reason: string }>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** Told of every transaction. */
  tell({ committed, begun, held }: Pick<Written<unknown>, 'committed' | 'begun' | 'held'>): void {
    for (const [claim, misfit] of held) {
      const { topic, partition } = claim;
      const { table, reason } = misfit;
      if (this.#held.get(idOf(claim))?.reason === reason) continue;
      this.#held.set(idOf(claim), { table, reason });
      this.#events.emit({ type: 'tableHeld', topic, partition, misfit });
    }
    if (this.#held.size === 0) return;
    for (const { claim } of [...committed, ...begun]) {
      const before = this.#held.get(idOf(claim));
      if (!before || held.has(claim)) continue;
      this.#held.delete(idOf(claim));
      const { topic, partition } = claim;
      this.#events.emit({ type: 'tableReleased', topic, partition, table: before.table });
    }
  }
}
