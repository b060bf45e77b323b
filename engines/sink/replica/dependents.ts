/**
 * Records that cannot be applied, as far as that shows without asking the database: records without the key of their row, and
 * records that leave columns unchanged while an earlier event of their row is a dead letter (rule 10).
 */
import { unchanged } from '../../../formats/debezium/row-event.ts';
import type { Batch } from '../../../pipeline/batch.ts';
import { keyText, type RawRecord, type Replicated } from '../../../pipeline/change.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { tableName } from '../../../schemas/table-name.ts';
import type { Excluded } from '../rows.ts';
import type { ByTable } from './by-table.ts';
import { hasAll, keyRow, type WrittenTable } from './layouts.ts';

/** Whether the row after an event depends on the values that earlier events left. */
const isPartial = ({ event }: Replicated): boolean => event.after?.cells.includes(unchanged) ?? false;

/** The key of a message, in the partition of the message. */
export type MessageKey = { readonly topic: string; readonly partition: number; readonly key: Buffer | null };

/** A message key with the offset of its first dead letter. */
export type FirstDeadLetter = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer;
  readonly first: bigint;
};

/**
 * The excluded records, and those that must be excluded as well.
 * @param readFirst reads the first dead letter of each of these keys, where there is one. A key may be asked for twice.
 */
export async function withDependents(
  group: readonly Batch<Replicated>[],
  known: Excluded,
  tables: ByTable<WrittenTable>,
  readFirst: (keys: readonly MessageKey[]) => Promise<readonly FirstDeadLetter[]>,
): Promise<Excluded> {
  const found = new Map(known);
  let partial = false;
  for (const { records } of group) {
    for (const record of records) {
      partial ||= isPartial(record);
      const rejection = found.has(record.origin) ? undefined : withoutKey(record, tables);
      if (rejection) found.set(record.origin, rejection);
    }
  }
  if (partial) excludeDependents(group, found, await firstDeadLetters(group, readFirst));
  return found.size === known.size ? known : found;
}

/**
 * Excludes records that depend on a dead letter, and adds the excluded records to the dead letters.
 * @param first offset of the first dead letter of each key.
 */
function excludeDependents(
  group: readonly Batch<Replicated>[],
  excluded: Map<RawRecord, Rejection>,
  first: Map<string, bigint>,
): void {
  // Places at which a row leaves its key while a record of that key is a dead letter: the row has wrong values.
  const incomplete = new Set<string>();
  for (const { claim, records, parked } of group) {
    const at = `${claim.topic}/${claim.partition}/`;
    for (const { record } of parked) {
      if (record.key !== null) noteDeadLetter(first, `${at}${keyText(record)}`, record.offset);
    }
    for (const record of records) {
      const { origin } = record;
      if (origin.key === null) continue;
      const key = `${at}${keyText(origin)}`;
      const deadLetter = first.get(key);
      const isLater = deadLetter !== undefined && deadLetter < BigInt(origin.offset);
      if (isLater && !excluded.has(origin) && isPartial(record)) excluded.set(origin, dependsOn(deadLetter));
      if (isLater && record.event.operation === 'delete') incomplete.add(placeOf(record));
      if (excluded.has(origin)) noteDeadLetter(first, key, origin.offset);
    }
  }
  for (const { records } of group) {
    for (const record of records) {
      const { event, origin } = record;
      const isIncomplete = event.movedFrom !== null && incomplete.has(placeOf(record));
      if (isIncomplete && !excluded.has(origin)) excluded.set(origin, movedFromDeadLetter);
    }
  }
}

/** A place in the log of the source. Where a key changes, a delete and a create share it. */
const placeOf = ({ event, position }: Replicated): string => `${position.generation}/${event.position?.minor}`;

function noteDeadLetter(first: Map<string, bigint>, key: string, offset: string): void {
  const before = first.get(key);
  if (before === undefined || BigInt(offset) < before) first.set(key, BigInt(offset));
}

/** Why a record does not say which row it changes; undefined if it does. */
function withoutKey({ event }: Replicated, tables: ByTable<WrittenTable>): Rejection | undefined {
  const { operation, before, after, table } = event;
  if (operation === 'truncate') return undefined;
  const target = tables.find(table);
  if (!target) throw new Error(`${tableName(table)} has no staging table`);
  const { key: columns, name } = target;
  if (columns.length === 0) {
    if (operation === 'read' || operation === 'create' || before !== null) return undefined;
    return new Rejection('missing_key', `${name} has no key, and the event does not carry the old row`);
  }
  const row = operation === 'delete' ? keyRow(event, columns) : after;
  if (row && hasAll(row, columns)) return undefined;
  return new Rejection('missing_key', `the event does not carry the key of ${name}: ${columns.join(', ')}`);
}

/** Offsets of the first dead letter of each key that a partial event or a delete of the group has. */
async function firstDeadLetters(
  group: readonly Batch<Replicated>[],
  readFirst: (keys: readonly MessageKey[]) => Promise<readonly FirstDeadLetter[]>,
): Promise<Map<string, bigint>> {
  const asked = group.flatMap(({ claim: { topic, partition }, records }) =>
    records
      .filter((record) => isPartial(record) || record.event.operation === 'delete')
      .map(({ origin: { key } }) => ({ topic, partition, key })),
  );
  const found = await readFirst(asked);
  return new Map(
    found.map(({ topic, partition, key, first }) => [`${topic}/${partition}/${key.toString('latin1')}`, first]),
  );
}

const dependsOn = (offset: bigint): Rejection =>
  new Rejection(
    'waits_for',
    `leaves columns of its row unchanged, and an earlier event of that row, at offset ${offset}, is a dead letter`,
  );

const movedFromDeadLetter = new Rejection(
  'waits_for',
  'leaves columns unchanged of a row that had another key, and an earlier event of that row is a dead letter',
);
