/**
 * The merge into a replicated table with a key. The guard table decides which events are newest and holds the lock on
 * their keys; then rows are removed and written, and nothing is compared any more.
 *
 * An event may leave columns unchanged. What they hold then is the value of the newest event that has one, or, where all
 * events of the key in this range leave them, that of the row itself (rule 3). So such events of one key end in one row
 * however many they are, and a statement is needed for each set of columns only.
 */
import pg from 'pg';
import { incomingPosition } from '../apply/sql/incoming.ts';
import { guardStatement, keysOf, position, sameKey } from '../guards/guard-merge.ts';
import { quoted } from '../identifiers.ts';
import { listed, stageOf, type TargetTable } from './target-table.ts';

/** What is known of the rows in the stage: it decides which statements are needed. */
export type Content = {
  /** Columns, by their number, that every event brings or leaves; the others stay out of the statements. */
  readonly columns: readonly number[];
  /** Those that some event leaves unchanged. */
  readonly unchanged: readonly number[];
  /** Ordinals of rows that come under a new key. */
  readonly arriving: readonly number[];
  /** Whether any row is deleted. */
  readonly deletes: boolean;
  /** Ordinals of rows that are left out: they do not count as applied. */
  readonly leftOut: readonly number[];
};

/** How rows are written: in place, or all removed first, so that values of a unique key can change places (rule 22). */
export type Writing = 'upsert' | 'replace';

const guardingOf = (table: TargetTable): ((range: string) => string) =>
  guardStatement({
    name: table.name,
    target: table.qualified,
    key: table.key,
    incoming: stageOf(table).typed,
    snapshots: table.orderBy === 'lsn',
  });

/** Builds the statements for a range of ordinals, given as a condition on `sluice_ordinal`. */
export function keyedMerge(table: TargetTable, content: Content): (range: string, writing: Writing) => string {
  const guarding = guardingOf(table);
  return (range, writing) => {
    if (content.columns.length === 0)
      return [guarding(range), removeDeleted(table, range), account(table, content, range)].join(';\n');
    const anew = content.deletes && leavesColumns(table, content) ? [removeReborn(table, range)] : [];
    if (writing === 'replace') return [guarding(range), ...anew, ...replaceRows(table, content, range)].join(';\n');
    const applying = content.unchanged.length > 0 ? applyImages : upsertWhole;
    const removing = content.deletes ? [...anew, removeDeleted(table, range)] : [];
    return [guarding(range), ...removing, applying(table, content, range)].join(';\n');
  };
}

const own = [...incomingPosition];

/** The winners of a range. */
const winners = (table: TargetTable, range: string): string =>
  `select i.* from incoming_settled s join ${stageOf(table).typed} i using (sluice_ordinal) where s.won and s.${range}`;

/** What each batch has got applied, and what is older than the deletions that are remembered. */
const account = (table: TargetTable, { leftOut }: Content, range: string): string => `
  select sluice_batch as batch, count(*)${leftOut.length === 0 ? '' : ` filter (where sluice_ordinal <> all ('{${leftOut.join(',')}}'))`}::integer as applied, null::integer[] as stale, null::integer[] as baseless
  from (${winners(table, range)}) w group by sluice_batch
  union all
  select i.sluice_batch, 0, array_agg(s.sluice_ordinal), null
  from incoming_settled s join ${stageOf(table).typed} i using (sluice_ordinal)
  where s.forgotten and s.${range} group by i.sluice_batch`;

const removeDeleted = (table: TargetTable, range: string): string => `
  delete from ${table.only} t using (${winners(table, range)}) w where w.sluice_deleted and ${sameKey(table.key, 't', 'w')}`;

/** Whether a row that is written over keeps columns as they were, such as those that only the target has. */
const leavesColumns = (table: TargetTable, content: Content): boolean =>
  new Set([...table.key, ...settable(table, content).map(({ name }) => name)]).size < table.columns.length;

/**
 * Removes rows that were deleted and then came again, both in this range: the new row takes nothing over from the dead
 * one. One pass over the stage, since a join of its deletes with its winners might compare all with all.
 */
function removeReborn(table: TargetTable, range: string): string {
  const stood = `array[s.stood_generation, s.stood_major, s.stood_minor]`;
  const deleted = `array[i.sluice_generation, i.sluice_major, i.sluice_minor]`;
  return `
  delete from ${table.only} t using (
    select ${keysOf(table.key, 'i')} from ${stageOf(table).typed} i left join incoming_settled s using (sluice_ordinal)
    where i.${range} group by ${keysOf(table.key, 'i')}
    having bool_or(s.won and not i.sluice_deleted) and max(${deleted}) filter (where i.sluice_deleted)
      > coalesce(max(${stood}) filter (where s.stood_major is not null), '{}')
  ) w where ${sameKey(table.key, 't', 'w')}`;
}

/** The columns that are written, in the order of the table. */
const written = (table: TargetTable, { columns }: Content) =>
  table.columns.filter((_, index) => columns.includes(index));

const overriding = ({ overriding: force }: TargetTable): string => (force ? 'overriding system value' : '');

/** Types of which equal values are the same to the byte. Others are written as they come: 1.0 becomes 1.00. */
const exact = /^(?:smallint|integer|bigint|uuid|boolean|date|bytea|text|character varying|timestamp\b.*)$/;

/** What of a row that exists is set: no key that is the same anyway, and no identity that PostgreSQL refuses to set. */
const settable = (table: TargetTable, content: Content) =>
  written(table, content).filter(
    ({ name, identity, bareType, nondeterministicCollation }) =>
      identity !== 'always' &&
      !(table.key.includes(name) && exact.test(bareType) && nondeterministicCollation === null),
  );

const assignments = (table: TargetTable, content: Content, from: string): string =>
  settable(table, content)
    .map(({ name }) => `${quoted(name)} = ${from}.${quoted(name)}`)
    .join(', ');

function insertInto(table: TargetTable, content: Content, from: string): string {
  const columns = written(table, content);
  const keys = keysOf(table.key);
  const set = assignments(table, content, 'excluded');
  return `insert into ${table.qualified} (${listed(columns)}) ${overriding(table)}
      select ${listed(columns)} from ${from} order by ${keys}
      on conflict (${keys}) do ${set === '' ? 'nothing' : `update set ${set}`}`;
}

const upsertWhole = (table: TargetTable, content: Content, range: string): string => `
  with winner as materialized (${winners(table, range)}),
  merged as (${insertInto(table, content, 'winner where not sluice_deleted')})
  ${account(table, content, range)}`;

/**
 * The rows as they shall be. `events` are those of the winning keys that are newer than what stood before; `folded`
 * holds, for each column that some event leaves, the newest value that is there; what the newest whole event was, null
 * when none is there, so that the row itself is the base; and the events since then.
 */
function images(table: TargetTable, content: Content, range: string): string {
  const { key } = table;
  const { typed } = stageOf(table);
  const some = content.unchanged.flatMap((index) => {
    const column = table.columns[index];
    return column ? [{ ...column, index }] : [];
  });
  const newest = own.map((column) => `e.${column} desc`).join(', ');
  const carries = (index: number) => `e.sluice_unchanged is null or not ${index}::smallint = any (e.sluice_unchanged)`;
  // By way of text, because an array of arrays would be one of more dimensions.
  const values = some.map(
    ({ name, bareType, index }) => `
      (array_agg(e.${quoted(name)}::text order by ${newest}) filter (where ${carries(index)}))[1]::${bareType} as ${quoted(name)},
      coalesce(bool_or(${carries(index)}), false) as sluice_has_${index}`,
  );
  // A row that comes under a new key, and whose old one was not there to fill it, has no base of its own: what was under
  // that key before is not its base, even where nothing told that it was deleted (rule 11).
  const unfilled =
    content.arriving.length === 0
      ? 'false'
      : `e.sluice_unchanged is not null and e.sluice_ordinal in (${content.arriving.join(', ')})`;
  const folded = new Set(some.map(({ name }) => name));
  const cells = written(table, content).map(({ name }) =>
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

/** Values of an image, or of the row where no event brings them. */
function overlaid(table: TargetTable, content: Content, columns: readonly { readonly name: string }[]): string[] {
  const indexOf = new Map(table.columns.map(({ name }, index) => [name, index]));
  return columns.map(({ name }) => {
    const index = indexOf.get(name) ?? -1;
    const value = `m.${quoted(name)}`;
    return content.unchanged.includes(index)
      ? `case when m.sluice_has_${index} then ${value} else t.${quoted(name)} end`
      : value;
  });
}

function applyImages(table: TargetTable, content: Content, range: string): string {
  const { key } = table;
  const columns = settable(table, content);
  const values = overlaid(table, content, columns);
  const set = columns.map(({ name }, index) => `${quoted(name)} = ${values[index]}`).join(', ');
  return `
  with ${images(table, content, range)}, updated as (
    update ${table.only} t set ${set} from image m where not m.sluice_complete and not m.sluice_baseless and ${sameKey(key, 't', 'm')}
    returning ${keysOf(key, 't')}
  ), merged as (${insertInto(table, content, 'image where sluice_complete')})
  ${account(table, content, range)}
  union all ${baselessOf(`not sluice_complete and (sluice_baseless or (${keysOf(key)}) not in (select ${keysOf(key)} from updated))`)}`;
}

const baselessOf = (condition: string): string =>
  `select sluice_batch, 0, null::integer[], sluice_partials from image where ${condition}`;

/**
 * Keeps the rows as they shall be aside, whole, removes all that stood, and writes them. In between no value of a unique
 * key is in the way of another row of the same range.
 */
function replaceRows(table: TargetTable, content: Content, range: string): readonly [string, string, string, string] {
  const { images: aside } = stageOf(table);
  const columns = listed(table.columns);
  return [
    setAside(table, content, range),
    removeStanding(table, range),
    `insert into ${table.qualified} (${columns}) ${overriding(table)}
      select ${columns} from ${aside} order by ${keysOf(table.key)}`,
    `delete from ${aside}`,
  ];
}

/**
 * The same step by step, for rows that collide: statements that guard them and keep them aside, that remove what stood,
 * that write them, and that forget what was aside.
 */
export function setBack(table: TargetTable, content: Content, range: string) {
  const [aside, remove, write, clear] = replaceRows(table, content, range);
  return { aside: `${guardingOf(table)(range)};${aside}`, remove, write, clear };
}

const removeStanding = (table: TargetTable, range: string): string =>
  `delete from ${table.only} t using (${winners(table, range)}) w where ${sameKey(table.key, 't', 'w')}`;

/** Keeps the rows of a range as they shall be aside, whole. */
function setAside(table: TargetTable, content: Content, range: string): string {
  const { key, columns } = table;
  const aside = stageOf(table).images;
  const used = written(table, content);
  const usedNames = new Set(used.map(({ name }) => name));
  const values = overlaid(table, content, used);
  const indexed = new Map(used.map(({ name }, index) => [name, values[index] ?? '']));
  const cells = columns.map(({ name, expression }) => {
    if (usedNames.has(name)) return indexed.get(name) ?? '';
    return `case when t.${quoted(key[0] ?? '')} is null then (${expression ?? 'null'}) else t.${quoted(name)} end`;
  });
  return `with ${images(table, content, range)}, kept as (
      insert into ${aside} (${listed(columns)}) select ${cells.join(', ')} from image m
      left join ${table.only} t on ${sameKey(key, 't', 'm')}
      where m.sluice_complete or (not m.sluice_baseless and t.${quoted(key[0] ?? '')} is not null)
      returning ${keysOf(key)}
    )
    ${account(table, content, range)}
    union all ${baselessOf(`not sluice_complete and (sluice_baseless or (${keysOf(key)}) not in (select ${keysOf(key)} from kept))`)}`;
}

/** DDL of the table that keeps rows aside, in the types of the target. */
export const createImages = (table: TargetTable): string =>
  `create temporary table ${stageOf(table).images} (${table.columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')}) on commit delete rows`;
