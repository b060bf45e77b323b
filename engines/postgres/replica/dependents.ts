/**
 * Records that cannot be applied, as far as that shows before the database is asked: those that name no row, and those
 * that leave columns unchanged of a row whose earlier event was set aside. These wait behind it (rule 10).
 */
import type pg from 'pg';
import { type Row, type RowEvent, unchanged } from '../../../formats/debezium/row-event.ts';
import type { Batch } from '../../../pipeline/batch.ts';
import { keyText, type Replicated } from '../../../pipeline/change.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { tableName } from '../../../schemas/table-name.ts';
import type { Excluded } from '../../sink/rows.ts';
import type { ByTable } from './by-table.ts';
import type { TargetTable } from './target-table.ts';

/** True when what becomes of the row depends on how its earlier events have left it. */
const isPartial = ({ event }: Replicated): boolean => event.after?.cells.includes(unchanged) ?? false;

/** The excluded records, and those that must be as well. */
export async function withDependents(
  client: pg.Client,
  pipeline: string,
  group: readonly Batch<Replicated>[],
  known: Excluded,
  tables: ByTable<TargetTable>,
): Promise<Excluded> {
  const found = new Map(known);
  let partial = false;
  for (const { records } of group) {
    for (const record of records) {
      partial ||= isPartial(record);
      const refusal = found.has(record.origin) ? undefined : withoutRow(record, tables);
      if (refusal) found.set(record.origin, refusal);
    }
  }
  if (!partial) return found.size === known.size ? known : found;
  const letters = await openLetters(client, pipeline, group);
  // Rows that leave their key while a record of it is a letter: they are not what they should be, wherever they go.
  const spoilt = new Set<string>();
  for (const { claim, records, parked } of group) {
    const at = `${claim.topic}/${claim.partition}/`;
    for (const { record } of parked)
      if (record.key !== null) earliest(letters, `${at}${keyText(record)}`, record.offset);
    for (const record of records) {
      const { origin } = record;
      if (origin.key === null) continue;
      const key = `${at}${keyText(origin)}`;
      if (!found.has(origin) && isPartial(record)) {
        const letter = letters.get(key);
        if (letter !== undefined && letter < BigInt(origin.offset)) found.set(origin, waitsFor(letter));
      }
      const letter = letters.get(key);
      if (record.event.operation === 'delete' && letter !== undefined && letter < BigInt(origin.offset))
        spoilt.add(placeOf(record));
      if (found.has(origin)) earliest(letters, key, origin.offset);
    }
  }
  for (const { records } of group) {
    for (const record of records) {
      const { event, origin } = record;
      if (event.movedFrom !== null && spoilt.has(placeOf(record)) && !found.has(origin)) found.set(origin, movedSpoilt);
    }
  }
  return found.size === known.size ? known : found;
}

/** One place of the source's log: a delete and a create share it where a key changes. */
const placeOf = ({ event, position }: Replicated): string => `${position.generation}/${event.position?.minor}`;

const movedSpoilt = new Rejection(
  'waits_for',
  'leaves columns unchanged of a row that had another key, and an earlier event of that row is a dead letter',
);

function earliest(letters: Map<string, bigint>, key: string, offset: string): void {
  const before = letters.get(key);
  if (before === undefined || BigInt(offset) < before) letters.set(key, BigInt(offset));
}

const hasAll = (row: Row, columns: readonly string[]): boolean =>
  columns.every((column) => row.shape.columns.includes(column));

/** The row that names a deleted row's key: the key of the message, which may be one of somebody's own, or the old row. */
export function keyRow({ key, before }: RowEvent, columns: readonly string[]): Row | null {
  return key && hasAll(key, columns) ? key : before;
}

function withoutRow({ event }: Replicated, tables: ByTable<TargetTable>): Rejection | undefined {
  const { operation, before, after, table } = event;
  if (operation === 'truncate') return undefined;
  const target = tables.find(table);
  if (!target) throw new Error(`the table ${tableName(table)} was not made sure of`);
  const { key: columns, name } = target;
  if (columns.length === 0) {
    if (operation === 'read' || operation === 'create' || before !== null) return undefined;
    return new Rejection('missing_key', `${name} has no key, and the event does not carry the old row`);
  }
  const row = operation === 'delete' ? keyRow(event, columns) : after;
  if (row && hasAll(row, columns)) return undefined;
  return new Rejection('missing_key', `the event does not carry the key of ${name}: ${columns.join(', ')}`);
}

/** The earliest open letter of each key that an event of the group leaves columns of unchanged. */
async function openLetters(
  client: pg.Client,
  pipeline: string,
  group: readonly Batch<Replicated>[],
): Promise<Map<string, bigint>> {
  const asked = group.flatMap(({ claim, records }) =>
    records
      .filter((record) => isPartial(record) || record.event.operation === 'delete')
      .map(({ origin }) => ({ claim, key: origin.key })),
  );
  const { rows } = await client.query<{ topic: string; partition: number; key: Buffer; first: string }>(
    `select l.topic, l.partition, l.key, min(l."offset") as first
     from (select distinct * from unnest($2::text[], $3::integer[], $4::bytea[]) as a(topic, partition, key)) a
     join sluice.dead_letter l on l.pipeline = $1 and l.topic = a.topic and l.partition = a.partition and l.key = a.key
     group by 1, 2, 3`,
    [
      pipeline,
      asked.map(({ claim }) => claim.topic),
      asked.map(({ claim }) => claim.partition),
      asked.map(({ key }) => key),
    ],
  );
  return new Map(
    rows.map(({ topic, partition, key, first }) => [`${topic}/${partition}/${key.toString('latin1')}`, BigInt(first)]),
  );
}

const waitsFor = (offset: bigint): Rejection =>
  new Rejection(
    'waits_for',
    `leaves columns of its row unchanged, and an earlier event of that row, at offset ${offset}, is a dead letter`,
  );
