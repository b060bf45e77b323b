/**
 * Writes the guard rows of a merge (rule 12). They decide which events are newer than what their keys have, and they lock the keys,
 * also those without a row: a transaction with an older event of a key waits for the newer one to commit, and is superseded. In READ
 * COMMITTED a statement sees what was committed before it began, so the rows are changed by later statements.
 */
import { randomBytes } from 'node:crypto';
import type { Session } from '../../connection/session.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { guardTable } from '../tables/own-tables.ts';
import { listed, sameKey, type TargetTable } from '../tables/target-table.ts';

const position = ['sluice_generation', 'sluice_major', 'sluice_minor'] as const;
type Value = readonly [column: string, value: string];

const always: readonly Value[] = [...position, 'sluice_deleted'].map((name) => [name, `w.${name}`]);

/** What is not deleted keeps the origin of an earlier delete, which has no meaning then. */
const deletion: readonly Value[] = [
  ['sluice_topic', 'w.sluice_topic'],
  ['sluice_partition', 'w.sluice_partition'],
  ['sluice_offset', 'w.sluice_offset'],
  ['sluice_record_key', 'unhex(w.sluice_record_key)'],
  ['sluice_deleted_at', 'case when w.sluice_deleted then utc_timestamp(6) end'],
];

/** The position of a row of `alias`. */
export const positionOf = (alias: string): string => `(${position.map((name) => `${alias}.${name}`).join(', ')})`;

/** A number for a merge that no other merge has: 63 random bits, in decimal. */
const mergeNumber = (): string => (randomBytes(8).readBigUInt64BE() >> 1n).toString();

/** What the guard rows of a merge need to hold. */
export type GuardOptions = {
  /** The number of typed rows. */
  readonly rows: number;
  /** Whether some of them delete their row. */
  readonly hasDeletes: boolean;
  /** Whether the merge asks for the positions before it. */
  readonly needsFormer: boolean;
};

/** Writes the guard rows of all typed rows, and deletes the typed rows that are not newer than their guard rows. */
export async function writeGuardRows(session: Session, table: TargetTable, options: GuardOptions): Promise<void> {
  const { rows, hasDeletes, needsFormer } = options;
  const { key } = table;
  const { typed } = stagingNames(session, table);
  const guard = guardTable(session, table);
  const merge = mergeNumber();
  const values = [...always, ...(hasDeletes ? deletion : [])];
  // An UPDATE takes half the time of an INSERT that finds its key. But it has no order of assignments for the former positions.
  if (!needsFormer) {
    const set = values.map(([name, value]) => `g.${name} = ${value}`);
    const updated = await session.run(
      `update ${typed} w straight_join ${guard} g on ${sameKey(key, 'g', 'w')}
       set g.sluice_merge = ${merge}, ${set.join(', ')} where ${positionOf('w')} > ${positionOf('g')}`,
    );
    if (updated.rows === rows) return;
  }
  await session.run(
    `insert into ${guard} (${listed(key)}, sluice_merge, ${values.map(([name]) => name).join(', ')})
     select ${listed(key, 'w')}, ${merge}, ${values.map(([, value]) => value).join(', ')}
     from ${typed} w order by ${listed(key, 'w')}
     on duplicate key update ${assignments(guard, merge, values, needsFormer).join(', ')}`,
  );
  await session.run(
    `delete w from ${typed} w straight_join ${guard} g on ${sameKey(key, 'g', 'w')} where g.sluice_merge <> ${merge}`,
  );
}

/** Assignments run from left to right: the first one decides, while the stored position is still the old one. */
function assignments(guard: string, merge: string, values: readonly Value[], needsFormer: boolean): readonly string[] {
  const taken = (name: string, value: string) =>
    `${guard}.${name} = if(${guard}.sluice_merge = ${merge}, ${value}, ${guard}.${name})`;
  const former = (needsFormer ? position : []).map((name) =>
    taken(name.replace('sluice_', 'sluice_stood_'), `${guard}.${name}`),
  );
  return [
    `${guard}.sluice_merge = if(${positionOf('w')} > ${positionOf(guard)}, ${merge}, ${guard}.sluice_merge)`,
    ...former,
    ...values.map(([name, value]) => taken(name, value)),
  ];
}
