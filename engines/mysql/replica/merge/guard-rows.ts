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
const deletion = ['sluice_deleted', 'sluice_topic', 'sluice_partition', 'sluice_offset'] as const;

/** The position of a row of `alias`. */
export const positionOf = (alias: string): string => `(${position.map((name) => `${alias}.${name}`).join(', ')})`;

/** A number for a merge that no other merge has: 63 random bits, in decimal. */
const mergeNumber = (): string => (randomBytes(8).readBigUInt64BE() >> 1n).toString();

/** Writes the guard rows of all typed rows, and deletes the typed rows that are not newer than their guard rows. */
export async function writeGuardRows(session: Session, table: TargetTable): Promise<void> {
  const { key } = table;
  const { typed } = stagingNames(session, table);
  const guard = guardTable(session, table);
  const merge = mergeNumber();
  const recordKey = 'unhex(w.sluice_record_key)';
  const deletedAt = 'case when w.sluice_deleted then utc_timestamp(6) end';
  const own = [...position, ...deletion];
  // Assignments run from left to right: the first one decides, while the stored position is still the old one.
  const isNewer = `${guard}.sluice_merge = ${merge}`;
  const taken = (name: string, value: string) => `${guard}.${name} = if(${isNewer}, ${value}, ${guard}.${name})`;
  const assignments = [
    `${guard}.sluice_merge = if(${positionOf('w')} > ${positionOf(guard)}, ${merge}, ${guard}.sluice_merge)`,
    ...position.map((name) => taken(name.replace('sluice_', 'sluice_stood_'), `${guard}.${name}`)),
    ...own.map((name) => taken(name, `w.${name}`)),
    taken('sluice_record_key', recordKey),
    taken('sluice_deleted_at', deletedAt),
  ];
  await session.run(
    `insert into ${guard} (${listed(key)}, sluice_merge, ${own.join(', ')}, sluice_record_key, sluice_deleted_at)
     select ${listed(key, 'w')}, ${merge}, ${own.map((name) => `w.${name}`).join(', ')}, ${recordKey}, ${deletedAt}
     from ${typed} w order by ${listed(key, 'w')}
     on duplicate key update ${assignments.join(', ')}`,
  );
  await session.run(
    `delete w from ${typed} w straight_join ${guard} g on ${sameKey(key, 'g', 'w')} where g.sluice_merge <> ${merge}`,
  );
}
