/**
 * Sets the sequences of a replica. Replicated rows carry their values, so nothing at the target calls a sequence before the
 * cutover. After it, the first value of a sequence that was not set would be one that a row already has.
 */
import pg from 'pg';
import type { LeftSequence, SequencesSet } from '../../../types/sequences-set.ts';
import { queryCatalogue } from '../../catalogue/query-catalogue.ts';
import { quoted } from '../../identifiers.ts';

/** A sequence and a column that takes values from it or owns it. */
type ColumnSequence = {
  /** Table and sequence are qualified names. */
  readonly table: string;
  readonly column: string;
  /** Whether the column's default or identity takes values from the sequence. */
  readonly fills: boolean;
  readonly sequence: string;
  readonly increment: string;
  readonly cycles: boolean;
  /** Whether the column is a number, so that its rows show how far the sequence is. */
  readonly isNumber: boolean;
};

/** `last_value` and `is_called` of a sequence. */
export type SequenceState = { readonly last: bigint; readonly isCalled: boolean };

const query = `
  select n.name as "table", a.attname as "column", bool_or(used.fills) as fills, s.seqrelid::regclass::text as sequence,
    s.seqincrement::text as increment, s.seqcycle as cycles, a.atttypid in (20, 21, 23, 1700) as "isNumber"
  from unnest($1::text[]) as n (name)
  join pg_attribute a on a.attrelid = to_regclass(n.name) and a.attnum > 0 and not a.attisdropped
  cross join lateral (
    select d.objid, d.deptype = 'i' as fills from pg_depend d
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
      and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
    union all
    select d.refobjid, true from pg_attrdef f
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
    where f.adrelid = a.attrelid and f.adnum = a.attnum
  ) used join pg_sequence s on s.seqrelid = used.objid
  group by n.name, a.attnum, a.attname, a.atttypid, s.seqrelid, s.seqincrement, s.seqcycle order by n.name, a.attnum, 4`;

const readSequences = (client: pg.Client, tables: readonly string[]): Promise<readonly ColumnSequence[]> =>
  queryCatalogue<ColumnSequence>(client, query, [tables]);

/** SQLSTATE insufficient_privilege, and numeric_value_out_of_range for a value outside the bounds of a sequence. */
const refusals: ReadonlySet<string> = new Set(['42501', '22003']);

/**
 * Sets each sequence that a column of the tables, given as qualified names, uses or owns at the target to the value that the
 * sequence of the same column has at the source. Call it when all rows are applied.
 */
export async function setSequences(
  source: pg.Client,
  target: pg.Client,
  tables: readonly string[],
): Promise<SequencesSet> {
  const theirs = await readSequences(source, tables);
  const left: LeftSequence[] = [];
  let [set, kept] = [0, 0];
  for (const [sequence, columns] of bySequence(await readSequences(target, tables))) {
    const statement = byRows(sequence, columns);
    const [pair] = columns.flatMap((own) => {
      const like = likeOf(own, theirs);
      return like ? [{ own, like }] : [];
    });
    if (!pair) {
      left.push({ sequence, why: 'the source has no sequence for its column', statement });
      continue;
    }
    try {
      const value = await stateOf(source, pair.like.sequence);
      if (!isToBeSet(value, await stateOf(target, sequence), pair.like, pair.own)) kept += 1;
      else {
        await target.query('select setval($1::regclass, $2, $3)', [sequence, value.last, value.isCalled]);
        set += 1;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
      left.push({ sequence, why: (error as Error).message, statement });
    }
  }
  return { set, kept, left };
}

/** Statements that set the sequences which were never called, by the rows of their tables. */
export async function unusedSequences(target: pg.Client, tables: readonly string[]): Promise<readonly string[]> {
  const statements: string[] = [];
  for (const [sequence, columns] of bySequence(await readSequences(target, tables))) {
    const filled = columns.filter(({ fills }) => fills);
    if (filled.length > 0 && !(await isCalled(target, sequence))) statements.push(byRows(sequence, filled));
  }
  return statements;
}

/** Whether nextval was ever called; false where the user may not read the sequence. */
async function isCalled(client: pg.Client, sequence: string): Promise<boolean> {
  try {
    return (await stateOf(client, sequence)).isCalled;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  }
}

const isRefusal = (error: unknown): boolean => refusals.has((error as { code?: string }).code ?? '');

function bySequence(columns: readonly ColumnSequence[]): ReadonlyMap<string, readonly ColumnSequence[]> {
  const found = new Map<string, ColumnSequence[]>();
  for (const one of columns) found.set(one.sequence, [...(found.get(one.sequence) ?? []), one]);
  return found;
}

/** The source's sequence of the same column; the one with the same name where the column has several. */
function likeOf(own: ColumnSequence, theirs: readonly ColumnSequence[]): ColumnSequence | undefined {
  const same = theirs.filter(({ table, column }) => table === own.table && column === own.column);
  return same.find(({ sequence }) => sequence === own.sequence) ?? same.find(({ fills }) => fills === own.fills);
}

async function stateOf(client: pg.Client, sequence: string): Promise<SequenceState> {
  const { rows } = await client.query<{ last: string; called: boolean }>(
    `select last_value::text as last, is_called as called from ${sequence}`,
  );
  return { last: BigInt(rows[0]?.last ?? 0), isCalled: rows[0]?.called ?? false };
}

type Steps = Pick<ColumnSequence, 'increment' | 'cycles'>;

const nextOf = ({ last, isCalled }: SequenceState, { increment }: Steps): bigint =>
  isCalled ? last + BigInt(increment) : last;

/**
 * Whether the target's sequence gets the state of the source's. A sequence that was used at the target is never set back.
 * That does not hold for CYCLE, which has no direction.
 */
export function isToBeSet(source: SequenceState, target: SequenceState, their: Steps, own: Steps): boolean {
  if (source.last === target.last && source.isCalled === target.isCalled) return false;
  if (!target.isCalled || own.cycles) return true;
  const [theirNext, ownNext] = [nextOf(source, their), nextOf(target, own)];
  return BigInt(own.increment) > 0n ? theirNext > ownNext : theirNext < ownNext;
}

/** The statement that sets a sequence past its rows. Where no column is a number, a person must fill in the value. */
function byRows(sequence: string, columns: readonly ColumnSequence[]): string {
  const name = pg.escapeLiteral(sequence);
  const numbers = columns.filter(({ isNumber }) => isNumber);
  const [only] = numbers;
  if (!only) return `SELECT setval(${name}, VALUE); -- last_value of the source's sequence`;
  const last = BigInt(only.increment) > 0n ? 'max' : 'min';
  if (numbers.length === 1) return `SELECT setval(${name}, ${last}(${quoted(only.column)})) FROM ${only.table};`;
  const each = numbers.map(({ table, column }) => `SELECT ${last}(${quoted(column)}) AS v FROM ${table}`);
  return `SELECT setval(${name}, ${last}(v)) FROM (${each.join(' UNION ALL ')}) columns;`;
}
