/**
 * Rows that were deleted unseen: a snapshot that begins after streamed changes reads what is there, and nothing tells of
 * rows that went while no change was captured (rule 11). They are those still of a former generation when all partitions
 * of the topic have come past the new snapshot.
 */
import pg from 'pg';
import { inTransaction } from '../../connection/connection.ts';
import { sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { forgetHeldBelow } from '../deferred-rows/deferred-rows.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { noteSettled } from './snapshot-states.ts';

/** What to do with them. */
export type AfterResnapshot = 'keep' | 'delete';

/** What was found: not yet all past the snapshot; or so many rows. */
export type Unseen = 'too early' | number;

/** A partition that never brought anything holds no row of the table. */
const past = `
  select bool_and(generation >= $2 and streamed) as past, max(snapshot_lsn)::text as lsn
  from sluice.checkpoint where topic = $1 and read > 0`;

/** Counts the rows of generations before this one, and deletes them if that is wanted; their keys stay guarded. */
export async function settleUnseen(
  client: pg.Client,
  table: TargetTable,
  topic: string,
  generation: number,
  what: AfterResnapshot,
): Promise<Unseen> {
  const { rows } = await client.query<{ past: boolean | null; lsn: string | null }>(past, [topic, generation]);
  const [found] = rows;
  if (!found?.past) return 'too early';
  const unseen = await settleRows(client, table, { topic, generation, since: null }, what);
  await noteSettled(client, table.name, found.lsn, what === 'keep' ? unseen : 0);
  return unseen;
}

/** Which rows a snapshot would have brought, or a change after it. */
export type UnseenRows = {
  readonly topic: string;
  /** Of the snapshot: rows of earlier ones are meant. */
  readonly generation: number;
  /**
   * Place in the log at which the snapshot began: rows of changes behind it are not meant, whatever their generation is,
   * which is an earlier one in a partition that the snapshot had no row for. Null where all partitions are past it.
   */
  readonly since: string | null;
};

/** Counts these rows, and deletes them if that is wanted, whether or not the partitions are past the snapshot. */
export async function settleRows(
  client: pg.Client,
  table: Pick<TargetTable, 'name' | 'key' | 'only'>,
  { topic, generation, since }: UnseenRows,
  what: AfterResnapshot,
): Promise<number> {
  const guard = guardTable(table.name);
  // A place counts twice, as positions do: a create stands behind a delete.
  const later = since === null ? '' : ` and not (g.sluice_major > 0 and g.sluice_minor >= ${since}::bigint * 2)`;
  const unseen = `not g.sluice_deleted and g.sluice_generation < ${generation}${later}`;
  if (what === 'keep') {
    const found = await client.query<{ n: number }>(
      `select count(*)::integer as n from ${guard} g join ${table.only} t on ${sameKey(table.key, 't', 'g')} where ${unseen}`,
    );
    return found.rows[0]?.n ?? 0;
  }
  return await inTransaction(client, async () => {
    // The guard is the lock: an event of the key waits here, and then finds it newer or older than itself.
    await client.query(`select from ${guard} g where ${unseen} for update`);
    const gone = await client.query(
      `delete from ${table.only} t using ${guard} g where ${sameKey(table.key, 't', 'g')} and ${unseen}`,
    );
    await client.query(forgetHeldBelow(table, `(${generation}, 0::bigint, 0::bigint)`));
    await client.query(
      `update ${guard} g set sluice_deleted = true, sluice_deleted_at = clock_timestamp(), sluice_topic = ${pg.escapeLiteral(topic)}
       where ${unseen}`,
    );
    return gone.rowCount ?? 0;
  });
}
