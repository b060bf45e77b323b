/** Emits `tableHeld` once per reason and `tableReleased` once, however often the change is retried in between. */
import type { Events } from './events.ts';
import type { Written } from './ports.ts';

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** The held tables, by partition: at most one entry per partition. */
export class HeldNotices {
  readonly #events: Events;
  readonly #held = new Map<string, { readonly table: string; readonly reason: string }>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** Takes the result of a transaction, and emits its new notices. */
  note({ committed, begun, held }: Pick<Written<unknown>, 'committed' | 'begun' | 'held'>): void {
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
