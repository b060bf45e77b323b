/**
 * Locks on replicated tables: on their rows of `sluice.target`, held until the transaction ends. A transaction shares the lock of
 * every table it writes. One that changes rows of other lanes takes the lock alone.
 */
import type { Position } from '../../../../pipeline/change.ts';
import type { TableWork } from '../../../sink/replica/group-plan.ts';
import type { HighWaterMark } from '../../../sink/replica/steps.ts';
import type { Session } from '../../connection/session.ts';
import { deferredTable } from '../deferred-rows/deferred-table.ts';
import type { TargetTable } from './target-table.ts';

/** The high-water mark of a table without a key; null before its first event, and for a table with a key. */
export type HighWater = HighWaterMark | null;

/** What a table's row of `sluice.target` says to the transaction that has locked it. */
export type LockedTable = {
  readonly highWater: HighWater;
  /** Position of its newest TRUNCATE; null without one. */
  readonly floor: Position | null;
  /** The highest position of an expired guard row; null if none has expired. */
  readonly horizon: Position | null;
  readonly hasDeferred: boolean;
};

type PlaceOf<Name extends string> = `${Name}Generation` | `${Name}Major` | `${Name}Minor`;
type MarkRow = {
  readonly [column in 'generation' | 'major' | 'minor' | 'count' | 'seen' | PlaceOf<'floor' | 'horizon'>]:
    | string
    | null;
};

/**
 * Locks the tables of a group, which are in the order of their names, so that transactions do not deadlock. A table that is truncated
 * or has no key is locked alone.
 */
export async function lockWrittenTables(
  session: Session,
  works: readonly TableWork<TargetTable>[],
): Promise<ReadonlyMap<TargetTable, LockedTable>> {
  const locked = new Map<TargetTable, LockedTable>();
  for (const { table, truncates } of works) {
    const isAlone = truncates.length > 0 || table.key.length === 0;
    const [row] = await session.rows<MarkRow>(
      `select high_generation as generation, high_major as major, high_minor as minor, high_count as \`count\`, high_seen as seen,
         floor_generation as floorGeneration, floor_major as floorMajor, floor_minor as floorMinor,
         horizon_generation as horizonGeneration, horizon_major as horizonMajor, horizon_minor as horizonMinor
       from ${session.own('target')} where table_name = ? ${isAlone ? 'for update' : 'lock in share mode'}`,
      [table.name],
    );
    locked.set(table, {
      highWater: row ? markOf(row) : null,
      floor: row ? positionOf(row.floorGeneration, row.floorMajor, row.floorMinor) : null,
      horizon: row ? positionOf(row.horizonGeneration, row.horizonMajor, row.horizonMinor) : null,
      hasDeferred: await hasDeferred(session, table),
    });
  }
  return locked;
}

/** A statement of its own, because one does not see what was committed while it waited for the lock itself. */
async function hasDeferred(session: Session, table: TargetTable): Promise<boolean> {
  return table.canDefer && (await session.cells(`select 1 from ${deferredTable(session, table)} limit 1`)).length > 0;
}

/** Locks a table alone until the transaction ends, for work that changes rows of other lanes. */
export async function lockAlone(session: Session, { name }: Pick<TargetTable, 'name'>): Promise<void> {
  await session.cells(`select 1 from ${session.own('target')} where table_name = ? for update`, [name]);
}

const positionOf = (generation: string | null, major: string | null, minor: string | null): Position | null =>
  generation === null || major === null || minor === null ? null : { generation: Number(generation), major, minor };

function markOf({ generation, major, minor, count, seen }: MarkRow): HighWater {
  if (generation === null || major === null || minor === null) return null;
  return { place: [BigInt(generation), BigInt(major), BigInt(minor)], count: Number(count), seen: Number(seen) };
}

/** Stores the high-water mark of a table, in the transaction that applies the events. */
export async function writeHighWaterMark(
  session: Session,
  { name }: TargetTable,
  { place, count, seen }: HighWaterMark,
): Promise<void> {
  await session.run(
    `update ${session.own('target')} set high_generation = ?, high_major = ?, high_minor = ?, high_count = ?, high_seen = ?
     where table_name = ?`,
    [...place, count, seen, name],
  );
}
