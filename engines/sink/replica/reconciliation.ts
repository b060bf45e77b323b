/**
 * Reconciles tables with a repeated snapshot while they are written (rule 11). The snapshot contains the rows that exist, but
 * there is no event for rows that were deleted while nothing was captured. Once all partitions of the topic were read past the
 * snapshot, these are the rows that still have a former generation.
 */
import type { Position } from '../../../pipeline/change.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { WrittenTable } from './layouts.ts';
import type { AfterResnapshot, SnapshotStore } from './snapshots.ts';

/** Milliseconds between two checks whether all partitions were read past a snapshot. */
const checkIntervalMs = 1_000;

/** The part of a store that reconciles tables with a key. */
type Store<S, T> = Pick<SnapshotStore<S, T>, 'readProgress' | 'reconcileRows' | 'noteReconciled'>;

/** Reconciles tables as soon as all partitions were read past a repeated snapshot. */
export class Reconciliation<S, T extends Pick<WrittenTable, 'name' | 'key'>> {
  readonly #store: Store<S, T>;
  readonly #what: AfterResnapshot;
  readonly #logger: Logger;
  /** The generation with which each table is reconciled, and when that was last checked. */
  readonly #reconciled = new Map<string, number>();
  readonly #checkedMs = new Map<string, number>();

  constructor(store: Store<S, T>, what: AfterResnapshot, logger: Logger) {
    this.#store = store;
    this.#what = what;
    this.#logger = logger;
  }

  /** Whether a record shows that its table may have to be reconciled. Called for every record, so it is synchronous. */
  isDue(table: T, { generation, major }: Position): boolean {
    // Only a streamed change of a repeated snapshot's generation shows that a partition is past it.
    if (generation === 0 || major === '0' || table.key.length === 0) return false;
    if ((this.#reconciled.get(table.name) ?? 0) >= generation) return false;
    const checkedMs = this.#checkedMs.get(table.name) ?? Number.NEGATIVE_INFINITY;
    return performance.now() - checkedMs >= checkIntervalMs;
  }

  /** Reconciles a table with the snapshot of this generation, unless a partition is still behind it. Not in a transaction. */
  async reconcile(session: S, table: T, topic: string, generation: number): Promise<void> {
    this.#checkedMs.set(table.name, performance.now());
    const { isPast, lsn } = await this.#store.readProgress(session, topic, generation);
    if (!isPast) return;
    const rows = await this.#store.reconcileRows(session, table, { topic, generation, since: null }, this.#what);
    await this.#store.noteReconciled(session, table.name, lsn, this.#what === 'keep' ? rows : 0);
    this.#reconciled.set(table.name, generation);
    const what =
      this.#what === 'keep'
        ? 'are not in the snapshot that was taken again, and stay'
        : 'were not in the snapshot that was taken again, and are deleted';
    if (rows > 0) this.#logger.warn({ table: table.name, rows }, `rows ${what}`);
  }
}
