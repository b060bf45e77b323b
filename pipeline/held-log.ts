/** Says once that a table is held, and once that it goes on, however often it is tried in between. */
import { adviceFor, describeMisfit } from './misfit.ts';
import type { Logger, Written } from './ports.ts';

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** What is held, by partition. As many entries as there are partitions, and no more. */
export class HeldLog {
  readonly #logger: Logger;
  readonly #held = new Map<string, { readonly table: string; readonly reason: string }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Told of every transaction. */
  tell({ committed, begun, held }: Pick<Written<unknown>, 'committed' | 'begun' | 'held'>): void {
    for (const [claim, misfit] of held) {
      const { table, reason, statements } = misfit;
      if (this.#held.get(idOf(claim))?.reason === reason) continue;
      this.#held.set(idOf(claim), { table, reason });
      this.#logger.error(
        { table, statements },
        `${describeMisfit(misfit)}. The table waits, the others go on. ${adviceFor(misfit)}`,
      );
    }
    if (this.#held.size === 0) return;
    for (const { claim } of [...committed, ...begun]) {
      const before = this.#held.get(idOf(claim));
      if (!before || held.has(claim)) continue;
      this.#held.delete(idOf(claim));
      this.#logger.info({ table: before.table }, 'the table takes its changes again');
    }
  }
}
