/**
 * Reconciles a table with a repeated snapshot (rule 11). The snapshot contains the rows that exist, but there is no
 * event for rows that were deleted while nothing was captured. Once all partitions of the topic were read past the snapshot,
 * these are the rows that still have a former generation.
 */
import pg from 'pg';
import type { Position } from '../../../../pipeline/change.ts';
import type { Logger } from '../../../../pipeline/ports.ts';
import { parseTableName } from '../../../../schemas/table-name.ts';
import { readRelations } from '../../catalogue/read.ts';
import { inTransaction } from '../../connection/connection.ts';
import { sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { deleteDeferredBelow } from '../deferred-rows/deferred-rows.ts';
import { type TargetTable, targetTable } from '../tables/target-table.ts';
import { noteReconciled } from './snapshot-states.ts';

/** What is done with rows that the snapshot does not contain. */
export type AfterResnapshot = 'keep' | 'delete';

/** Rows of a topic that a snapshot, or a change after it, would have brought. */
export type FormerRows = {
  readonly topic: string;
  /** Generation of the snapshot. Rows of lower generations are meant. */
  readonly generation: number;
  /**
   * LSN at which the snapshot began; null if all partitions were read past it. Rows changed after it are not meant, even
   * with a lower generation: a partition that has no row in the snapshot stays at the generation before.
   */
  readonly since: string | null;
};

/** Counts these rows, and deletes them where that is wanted. Their keys stay guarded. */
export async function reconcileRows(
  client: pg.Client,
  table: Pick<TargetTable, 'name' | 'key' | 'only'>,
  { topic, generation, since }: FormerRows,
  what: AfterResnapshot,
): Promise<number> {
  const guard = guardTable(table.name);
  // The minor part of a position is twice its LSN, plus 1 for a create. The major part is above the LSN of the commit before:
  // it tells a change after the snapshot in a transaction that began before it.
  const later =
    since === null ? '' : ` and not (g.sluice_minor >= ${since}::bigint * 2 or g.sluice_major > ${since}::bigint)`;
  const isFormer = `not g.sluice_deleted and g.sluice_generation < ${generation}${later}`;
  if (what === 'keep') {
    const found = await client.query<{ n: number }>(
      `select count(*)::integer as n from ${guard} g join ${table.only} t on ${sameKey(table.key, 't', 'g')} where ${isFormer}`,
    );
    return found.rows[0]?.n ?? 0;
  }
  return await inTransaction(client, async () => {
    // Locks the keys: a writer with an event of one waits here, and compares it with the updated guard row afterwards.
    await client.query(`select from ${guard} g where ${isFormer} for update`);
    const deleted = await client.query(
      `delete from ${table.only} t using ${guard} g where ${sameKey(table.key, 't', 'g')} and ${isFormer}`,
    );
    await client.query(deleteDeferredBelow(table, `(${generation}, 0::bigint, 0::bigint)`));
    await client.query(
      `update ${guard} g set sluice_deleted = true, sluice_deleted_at = clock_timestamp(), sluice_topic = ${pg.escapeLiteral(topic)}
       where ${isFormer}`,
    );
    return deleted.rowCount ?? 0;
  });
}

/** Partitions that never read a record hold no row of the table. */
const pastSnapshot = `
  select bool_and(generation >= $2 and streamed) as past, max(snapshot_lsn)::text as lsn
  from sluice.checkpoint where topic = $1 and read > 0`;

/** Milliseconds between two checks whether all partitions were read past a snapshot. */
const checkIntervalMs = 1_000;

/** Reconciles tables while they are written, as soon as all partitions were read past a repeated snapshot. */
export class Reconciliation {
  readonly #what: AfterResnapshot;
  readonly #logger: Logger;
  /** The generation with which each table is reconciled, and when that was last checked. */
  readonly #reconciled = new Map<string, number>();
  readonly #checkedMs = new Map<string, number>();

  constructor(what: AfterResnapshot, logger: Logger) {
    this.#what = what;
    this.#logger = logger;
  }

  /** Whether a record shows that its table may have to be reconciled. Called for every record, so it is synchronous. */
  isDue(table: TargetTable, { generation, major }: Position): boolean {
    // Only a streamed change of a repeated snapshot's generation shows that a partition is past it.
    if (generation === 0 || major === '0' || table.key.length === 0) return false;
    if ((this.#reconciled.get(table.name) ?? 0) >= generation) return false;
    const checkedMs = this.#checkedMs.get(table.name) ?? Number.NEGATIVE_INFINITY;
    return performance.now() - checkedMs >= checkIntervalMs;
  }

  /** Reconciles a table with the snapshot of this generation, unless a partition is still behind it. Not in a transaction. */
  async reconcile(client: pg.Client, table: TargetTable, topic: string, generation: number): Promise<void> {
    this.#checkedMs.set(table.name, performance.now());
    const found = await client.query<{ past: boolean | null; lsn: string | null }>(pastSnapshot, [topic, generation]);
    const [{ past, lsn } = { past: null, lsn: null }] = found.rows;
    if (!past) return;
    const rows = await reconcileRows(client, table, { topic, generation, since: null }, this.#what);
    await noteReconciled(client, table.name, lsn, this.#what === 'keep' ? rows : 0);
    this.#reconciled.set(table.name, generation);
    const what =
      this.#what === 'keep'
        ? 'are not in the snapshot that was taken again, and stay'
        : 'were not in the snapshot that was taken again, and are deleted';
    if (rows > 0) this.#logger.warn({ table: table.name, rows }, `rows ${what}`);
  }
}

/** Deletes all rows of a table without a key and returns how many; only counts them where they are kept. */
export async function reconcileAllRows(
  client: pg.Client,
  { only }: TargetTable,
  what: AfterResnapshot,
): Promise<number> {
  if (what === 'delete') return (await client.query(`delete from ${only}`)).rowCount ?? 0;
  const { rows } = await client.query<{ n: number }>(`select count(*)::integer as n from ${only}`);
  return rows[0]?.n ?? 0;
}

/** A table of the target by its name in `sluice.target`; undefined if it is gone. */
export async function findTarget(client: pg.Client, name: string): Promise<TargetTable | undefined> {
  const table = parseTableName(name);
  const found = table && (await readRelations(client, [table.schema])).find((one) => one.name === table.name);
  return found && targetTable(found, 0, 'lsn', () => undefined);
}
