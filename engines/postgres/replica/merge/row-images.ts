/**
 * Images of rows: whole rows, put together from events that leave columns unchanged.
 *
 * An unchanged column gets the value of the newest event that carries one. Where no event of the key in the range carries
 * one, it keeps the value of the row (rule 3). So all events of a key end in one image, and one statement writes the images
 * of all keys.
 */
import pg from 'pg';
import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import { incomingPosition } from '../../apply/sql/incoming.ts';
import { keysOf, position, sameKey } from '../../guards/guard-merge.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-table.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { countApplied, updatedColumns, upsertFrom, writtenColumns } from './merge-columns.ts';

/**
 * Common table expressions that end in `image`, the rows to be written:
 * - `events`: the events of winning keys that are newer than the guard row was and than the last TRUNCATE;
 * - `folded`: for each column that some event leaves unchanged, the newest value; whether the row was deleted before, null
 *   if no event says so and the row in the table is the base; and the ordinals of the events that need that base.
 */
export function rowImages(table: TargetTable, content: MergeContent, range: string): string {
  const { key } = table;
  const { typed } = stagingNames(table);
  const some = content.unchanged.flatMap((index) => {
    const column = table.columns[index];
    return column ? [{ ...column, index }] : [];
  });
  const newest = incomingPosition.map((column) => `e.${column} desc`).join(', ');
  const carries = (index: number) => `e.sluice_unchanged is null or not ${index}::smallint = any (e.sluice_unchanged)`;
  // As text, because array_agg of arrays would make one array with more dimensions.
  const values = some.map(
    ({ name, bareType, index }) => `
      (array_agg(e.${quoted(name)}::text order by ${newest}) filter (where ${carries(index)}))[1]::${bareType} as ${quoted(name)},
      coalesce(bool_or(${carries(index)}), false) as sluice_has_${index}`,
  );
  // A row that got a new key, and whose old row was not found, has no base. A row that stood under the new key before is
  // another row, even if its deletion was never seen (rule 11).
  const unfilled =
    content.arriving.length === 0
      ? 'false'
      : `e.sluice_unchanged is not null and e.sluice_ordinal in (${content.arriving.join(', ')})`;
  const folded = new Set(some.map(({ name }) => name));
  const cells = writtenColumns(table, content).map(({ name }) =>
    folded.has(name)
      ? `case when w.sluice_unchanged is null then w.${quoted(name)} else f.${quoted(name)} end as ${quoted(name)}`
      : `w.${quoted(name)}`,
  );
  const has = some.map(({ index }) => `w.sluice_unchanged is null or f.sluice_has_${index} as sluice_has_${index}`);
  return `winner as materialized (
    select i.*, s.stood_generation, s.stood_major, s.stood_minor
    from incoming_settled s join ${typed} i using (sluice_ordinal) where s.won and s.${range}
  ), floor as materialized (
    select floor_generation, floor_major, floor_minor from sluice.target where table_name = ${pg.escapeLiteral(table.name)}
  ), events as (
    select w.sluice_ordinal as sluice_winner, i.* from winner w join ${typed} i on ${sameKey(key, 'i', 'w')}, floor b
    where w.sluice_unchanged is not null and i.${range}
      and (w.stood_major is null or (w.stood_generation, w.stood_major, w.stood_minor) < ${position('i')})
      and (b.floor_major is null or (b.floor_generation, b.floor_major, b.floor_minor) < ${position('i')})
  ), folded as materialized (
    select ${['e.sluice_winner', ...values].join(', ')},
      (array_agg(e.sluice_deleted or ${unfilled} order by ${newest})
        filter (where e.sluice_unchanged is null or ${unfilled}))[1] as sluice_deleted_before,
      (array_agg(e.sluice_ordinal order by ${newest}))[1:coalesce(least(
        array_position(array_agg(e.sluice_unchanged is null order by ${newest}), true) - 1,
        array_position(array_agg(${unfilled} order by ${newest}), true)), count(*))::integer] as sluice_partials
    from events e group by e.sluice_winner
  ), image as materialized (
    select w.sluice_ordinal, w.sluice_batch, w.sluice_unchanged is null or f.sluice_deleted_before is false as sluice_complete,
      coalesce(f.sluice_deleted_before, false) as sluice_baseless, f.sluice_partials, ${[...has, ...cells].join(', ')}
    from winner w left join folded f on f.sluice_winner = w.sluice_ordinal where not w.sluice_deleted
  )`;
}

/** Values of an image `m`; of the row `t` where no event carries one. */
export function imageValues(
  table: TargetTable,
  content: MergeContent,
  columns: readonly { readonly name: string }[],
): string[] {
  const indexOf = new Map(table.columns.map(({ name }, index) => [name, index]));
  return columns.map(({ name }) => {
    const index = indexOf.get(name) ?? -1;
    const value = `m.${quoted(name)}`;
    return content.unchanged.includes(index)
      ? `case when m.sluice_has_${index} then ${value} else t.${quoted(name)} end`
      : value;
  });
}

/** Answers the ordinals of events whose row is neither in the table nor among those `found`. */
export const listBaseless = (key: readonly string[], found: string): string =>
  `select sluice_batch, 0, null::integer[], sluice_partials from image
   where not sluice_complete and (sluice_baseless or (${keysOf(key)}) not in (select ${keysOf(key)} from ${found}))`;

/** Upserts complete images, and updates the rows of those that need one as their base. */
export function upsertImages(table: TargetTable, content: MergeContent, range: string): string {
  const { key } = table;
  const columns = updatedColumns(table, content);
  const values = imageValues(table, content, columns);
  const set = columns.map(({ name }, index) => `${quoted(name)} = ${values[index]}`).join(', ');
  return `
  with ${rowImages(table, content, range)}, updated as (
    update ${table.only} t set ${set} from image m where not m.sluice_complete and not m.sluice_baseless and ${sameKey(key, 't', 'm')}
    returning ${keysOf(key, 't')}
  ), merged as (${upsertFrom(table, content, 'image where sluice_complete')})
  ${countApplied(table, content, range)}
  union all ${listBaseless(key, 'updated')}`;
}
