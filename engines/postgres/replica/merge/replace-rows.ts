/**
 * Replaces rows: stores their images in a temporary table, deletes the rows, and inserts the images. Between the steps no
 * row of the range holds a value of a unique key that another row of the range needs.
 */

import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import { keysOf, sameKey } from '../../guards/guard-merge.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-table.ts';
import { listed, type TargetTable } from '../tables/target-table.ts';
import { countApplied, overridingClause, winners, writtenColumns } from './merge-columns.ts';
import { imageValues, listBaseless, rowImages } from './row-images.ts';

/** The four statements, in order. */
export function replaceRows(
  table: TargetTable,
  content: MergeContent,
  range: string,
): readonly [store: string, remove: string, write: string, clear: string] {
  const { images } = stagingNames(table);
  const columns = listed(table.columns);
  return [
    storeImages(table, content, range),
    `delete from ${table.only} t using (${winners(table, range)}) w where ${sameKey(table.key, 't', 'w')}`,
    `insert into ${table.qualified} (${columns}) ${overridingClause(table)}
      select ${columns} from ${images} order by ${keysOf(table.key)}`,
    `delete from ${images}`,
  ];
}

/** Stores whole rows. A column that no event carries keeps the value of the row; of a new row it has its default. */
function storeImages(table: TargetTable, content: MergeContent, range: string): string {
  const { key, columns } = table;
  const { images } = stagingNames(table);
  const used = writtenColumns(table, content);
  const values = imageValues(table, content, used);
  const carried = new Map(used.map(({ name }, index) => [name, values[index] ?? '']));
  const firstKey = `t.${quoted(key[0] ?? '')}`;
  const cells = columns.map(
    ({ name, expression }) =>
      carried.get(name) ?? `case when ${firstKey} is null then (${expression ?? 'null'}) else t.${quoted(name)} end`,
  );
  return `with ${rowImages(table, content, range)}, kept as (
      insert into ${images} (${listed(columns)}) select ${cells.join(', ')} from image m
      left join ${table.only} t on ${sameKey(key, 't', 'm')}
      where m.sluice_complete or (not m.sluice_baseless and ${firstKey} is not null)
      returning ${keysOf(key)}
    )
    ${countApplied(table, content, range)}
    union all ${listBaseless(key, 'kept')}`;
}

/** DDL of the temporary table that holds images, with the types of the target. */
export const createImageTable = (table: TargetTable): string =>
  `create temporary table ${stagingNames(table).images} (${table.columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')}) on commit delete rows`;
