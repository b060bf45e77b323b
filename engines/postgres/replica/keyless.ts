/**
 * Tables without a key (rule 24). Their topic has one partition, nothing is collapsed, and a row is told by all of its
 * values: an UPDATE or DELETE touches exactly one of equal rows. Since there is no key to guard, the table as a whole has
 * a high-water mark: the position of the newest event that was taken, and how many had it.
 */
import type pg from 'pg';
import type { RowEvent } from '../../../formats/debezium/row-event.ts';
import type { Replicated } from '../../../pipeline/change.ts';
import { quoted } from '../identifiers.ts';
import type { Content } from './keyed-merge.ts';
import type { Numbered } from './plan.ts';
import { listed, stageOf, type TargetTable } from './target-table.ts';

/** A position, to be compared here. */
type Place = readonly [generation: bigint, major: bigint, minor: bigint];

/** The mark: `count` events of the place were taken, `seen` of them have come since they came last. */
export type HighWater = { readonly place: Place; readonly count: number; readonly seen: number };

/** What is done, in order. */
export type Step =
  | { readonly kind: 'insert'; readonly first: number; last: number }
  | { readonly kind: 'change'; readonly ordinal: number; readonly batch: number; readonly adds: boolean }
  /** All rows go: by a TRUNCATE, or because a snapshot begins, whose first row is then inserted. */
  | { readonly kind: 'empty'; readonly ordinal: number; readonly batch: number; readonly applied: 0 | 1 };

/** Whether a place is below (-1), at (0) or above (1) another. */
function compare(a: Place, b: Place): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0n;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

const placeOf = ({ position: { generation, major, minor } }: Replicated): Place => [
  BigInt(generation),
  BigInt(major),
  BigInt(minor),
];

const isRead = ({ operation, snapshot }: RowEvent): boolean => operation === 'read' && snapshot !== 'incremental';

const begins = ({ operation, snapshot }: RowEvent): boolean =>
  operation === 'read' && (snapshot === 'first' || snapshot === 'first_in_data_collection');

/** The steps for the events that are new to the table, and the mark after them. */
export function stepsOf(
  items: readonly Numbered[],
  before: HighWater | null,
): readonly [readonly Step[], HighWater | null] {
  const steps: Step[] = [];
  let high = before;
  for (const { ordinal, batch, record, excluded } of items) {
    const { event } = record;
    const place = placeOf(record);
    const order = high === null ? 1 : compare(place, high.place);
    // A snapshot reads the whole table, so one that begins again replaces what the former has brought.
    const anew =
      high !== null &&
      order >= 0 &&
      (begins(event) || (isRead(event) && order > 0 && isNewSnapshot(high.place, place)));
    if (high !== null && order < 0) {
      high = { ...high, seen: 0 };
      continue;
    }
    if (high !== null && order === 0 && !anew) {
      const seen = high.seen + 1;
      const known = seen <= high.count;
      high = { ...high, seen, count: Math.max(seen, high.count) };
      if (known) continue;
    } else high = { place, count: 1, seen: 1 };
    if (anew) steps.push({ kind: 'empty', ordinal, batch, applied: 0 });
    // What is not written was taken all the same: should it come again, it is known.
    if (excluded) continue;
    const previous = steps.at(-1);
    switch (event.operation) {
      case 'truncate':
        steps.push({ kind: 'empty', ordinal, batch, applied: 1 });
        break;
      case 'update':
      case 'delete':
        steps.push({ kind: 'change', ordinal, batch, adds: event.operation === 'update' });
        break;
      default:
        if (previous?.kind === 'insert' && previous.last === ordinal - 1) previous.last = ordinal;
        else steps.push({ kind: 'insert', first: ordinal, last: ordinal });
    }
  }
  return [steps, high];
}

/** Rows of one snapshot are all at one place, so those at another belong to the next. */
const isNewSnapshot = ([generation, major, minor]: Place, place: Place): boolean =>
  place[0] > generation || (major === 0n && place[2] !== minor);

/**
 * Types whose `=` finds the same value. Others are compared as texts, which works for every type: some have no `=`
 * (json, jsonpath, pg_snapshot), some another (box compares areas), and row types have it only if all their fields do.
 */
const comparable =
  /^(?:smallint|integer|bigint|oid|numeric|real|double precision|boolean|uuid|bytea|text|character varying|bpchar|date|time\b.*|timestamp\b.*|jsonb|inet|cidr)$/;

/** The statements of the steps that lie in [first, last]. */
export function keylessMerge(
  table: TargetTable,
  { columns, leftOut }: Content,
  steps: readonly Step[],
): (first: number, last: number) => readonly string[] {
  const { typed } = stageOf(table);
  const { only, qualified, overriding } = table;
  const uncounted = new Set(leftOut);
  const used = table.columns.filter((_, index) => columns.includes(index));
  const force = overriding ? 'overriding system value' : '';
  const insert = (from: string) =>
    `insert into ${qualified} (${listed(used)}) ${force} select ${listed(used)} from ${from}`;
  const same = used
    .map(({ name, bareType }) => {
      const as = comparable.test(bareType) ? '' : '::text';
      return `t.${quoted(name)}${as} is not distinct from i.${quoted(name)}${as}`;
    })
    .join(' and ');
  const alike = used
    .map(({ name }) => `t.${quoted(name)}::text is not distinct from i.${quoted(name)}::text`)
    .join(' and ');
  return (first, last) =>
    steps.flatMap((step) => {
      if (step.kind === 'insert') {
        const [from, to] = [Math.max(first, step.first), Math.min(last, step.last)];
        if (from > to) return [];
        return [
          `with w as materialized (select * from ${typed} where sluice_ordinal between ${from} and ${to}),
            added as (${insert('w order by sluice_ordinal')})
           select sluice_batch as batch, count(*)::integer as applied from w group by sluice_batch`,
        ];
      }
      const { ordinal, batch } = step;
      if (ordinal < first || ordinal > last) return [];
      if (step.kind === 'empty') {
        return [`delete from ${only}`, `select ${batch} as batch, ${step.applied} as applied`];
      }
      const row = `${typed} i where i.sluice_ordinal = ${ordinal}`;
      const added = step.adds
        ? `, added as (${insert(`${row} and not i.sluice_deleted and exists (select from removed)`)})`
        : '';
      return [
        `with old as materialized (
           select t.tableoid as part, t.ctid as place from ${only} t, ${typed} i
           where i.sluice_ordinal = ${ordinal} and i.sluice_deleted and ${same}
           -- Of rows that are equal to the server, the one that reads the same.
           order by ${alike} desc limit 1
         ), removed as (
           delete from ${only} t using old where t.tableoid = old.part and t.ctid = old.place returning 1
         )${added}
         select ${batch} as batch, ${uncounted.has(ordinal) ? '0' : '(select count(*) from removed)::integer'} as applied,
           case when not exists (select from removed) then array[${ordinal}] end as baseless`,
      ];
    });
}

/** The mark of a table, locked. */
export async function readHighWater(client: pg.Client, { name }: TargetTable): Promise<HighWater | null> {
  const { rows } = await client.query(
    `select high_generation, high_major, high_minor, high_count, high_seen
     from sluice.target where table_name = $1 for update`,
    [name],
  );
  const [row] = rows;
  if (!row || row.high_major === null) return null;
  const { high_generation, high_major, high_minor, high_count: count, high_seen: seen } = row;
  return { place: [BigInt(high_generation), BigInt(high_major), BigInt(high_minor)], count, seen };
}

/** Sets the mark, within the transaction that takes the events. */
export async function writeHighWater(
  client: pg.Client,
  { name }: TargetTable,
  { place, count, seen }: HighWater,
): Promise<void> {
  await client.query(
    `update sluice.target set high_generation = $2, high_major = $3, high_minor = $4,
       high_count = $5, high_seen = $6
     where table_name = $1`,
    [name, ...place, count, seen],
  );
}
