/**
 * TRUNCATE of a table with a key. It has no key itself and is in one partition, while events before and after it are in
 * others. So it deletes the rows older than itself and leaves a floor, below which events change nothing (rule 23).
 */
import pg from 'pg';
import type { Truncate } from '../../../sink/replica/group-plan.ts';
import { position, sameKey } from '../../guards/guard-merge.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { deleteDeferredBelow } from '../deferred-rows/deferred-rows.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** Statements that delete all rows older than the TRUNCATE, to run before the newer rows of the group are merged. */
export function truncateBelow(table: TargetTable, { batch, position: at }: Truncate): readonly string[] {
  const name = pg.escapeLiteral(table.name);
  const guard = guardTable(table.name);
  const floor = `(${at.generation}, ${at.major}::bigint, ${at.minor}::bigint)`;
  const present = '(floor_generation, floor_major, floor_minor)';
  return [
    `with moved as (
      update sluice.target set floor_generation = ${at.generation}, floor_major = ${at.major}, floor_minor = ${at.minor}
      where table_name = ${name} and (floor_major is null or ${present} < ${floor}) returning 1
    )
    select ${batch} as batch, count(*)::integer as applied from moved`,
    `delete from ${table.only} t where not exists (
      select from ${guard} g where ${sameKey(table.key, 'g', 't')} and ${position('g')} > ${floor})`,
    `delete from ${guard} g where ${position('g')} < ${floor}`,
    deleteDeferredBelow(table, floor),
  ];
}
