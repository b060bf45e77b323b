/**
 * The merge into a table without a key (rule 24). Its events are applied one by one, in order. A row is found by all of its values: an
 * UPDATE or DELETE changes exactly one of several equal rows.
 */
import { mergeContentOf, type TableWork } from '../../../sink/replica/group-plan.ts';
import { type Step, stepsAfter } from '../../../sink/replica/steps.ts';
import type { MergeResult } from '../../../sink/rows.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-tables.ts';
import { type HighWater, writeHighWaterMark } from '../tables/locks.ts';
import { listed, type TargetTable } from '../tables/target-table.ts';
import type { TableMerge } from './keyed-merge.ts';
import { type IndexedColumn, indexedColumns, typeRows } from './typed-rows.ts';

/** The rows of a table without a key have no columns of Sluice but their place. */
const own = { hasDeletes: false, hasPartial: false };

/** What one step needs. */
type Scope = {
  readonly session: Session;
  readonly table: TargetTable;
  readonly typed: string;
  readonly columns: readonly IndexedColumn[];
  readonly leftOut: ReadonlySet<number>;
};

/** Returns the merge of a group into a table without a key. Moves the high-water mark at once. */
export async function keylessMerge(
  session: Session,
  work: TableWork<TargetTable>,
  before: HighWater,
): Promise<TableMerge> {
  const { table } = work;
  const [steps, mark] = stepsAfter(work.items, before);
  if (mark !== null) await writeHighWaterMark(session, table, mark);
  const { columns, leftOut } = mergeContentOf(work);
  const scope: Scope = {
    ...{ session, table },
    typed: stagingNames(session, table).typed,
    columns: indexedColumns(table, (_, index) => columns.includes(index)),
    leftOut: new Set(leftOut),
  };
  return async (_, first, last) => {
    const results: MergeResult[] = [];
    for (const step of steps) results.push(...(await applyStep(scope, step, first, last)));
    return results;
  };
}

async function applyStep(scope: Scope, step: Step, first: number, last: number): Promise<readonly MergeResult[]> {
  const { session, table } = scope;
  if (step.kind === 'insert') {
    const [from, to] = [Math.max(first, step.first), Math.min(last, step.last)];
    return from > to ? [] : await insertRows(scope, from, to);
  }
  if (step.ordinal < first || step.ordinal > last) return [];
  if (step.kind === 'change') return [await changeRow(scope, step)];
  await session.run(`delete from ${table.qualified}`);
  return [{ batch: step.batch, applied: step.applied }];
}

const insertFrom = ({ table, typed, columns }: Scope): string => {
  const names = listed(columns.map(({ column: { name } }) => name));
  return `insert into ${table.qualified} (${names}) select ${names} from ${typed} where not sluice_deleted order by sluice_ordinal`;
};

async function insertRows(scope: Scope, from: number, to: number): Promise<readonly MergeResult[]> {
  const { session, table, columns, typed } = scope;
  await typeRows(session, table, { columns, own }, `x.sluice_ordinal between ${from} and ${to}`);
  await session.run(insertFrom(scope));
  const rows = await session.cells(`select sluice_batch, count(*) from ${typed} group by sluice_batch`);
  return rows.map(([batch, applied]) => ({ batch: Number(batch), applied: Number(applied) }));
}

/** Types whose `=` finds the same value. Others are compared as bytes, since collations take different texts for equal. */
const comparableTypes =
  /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double|bit|year|date|datetime|timestamp|time|json|uuid|inet4|inet6|binary|varbinary|.*blob)$/;

async function changeRow(
  scope: Scope,
  { ordinal, batch, inserts }: Step & { readonly kind: 'change' },
): Promise<MergeResult> {
  const { session, table, typed, columns, leftOut } = scope;
  const { qualified } = table;
  await typeRows(session, table, { columns, own }, `x.sluice_ordinal = ${ordinal}`);
  const equal = columns.map(({ column: { name, dataType } }) => {
    const [mine, old] = [`${qualified}.${quoted(name)}`, `w.${quoted(name)}`];
    return comparableTypes.test(dataType) ? `${mine} <=> ${old}` : `cast(${mine} as binary) <=> cast(${old} as binary)`;
  });
  const { rows } = await session.run(
    `delete from ${qualified} where exists (
       select 1 from ${typed} w where w.sluice_deleted and ${equal.join(' and ')}
     ) limit 1`,
  );
  if (rows === 0) return { batch, applied: 0, baseless: [ordinal] };
  if (inserts) await session.run(insertFrom(scope));
  return { batch, applied: leftOut.has(ordinal) ? 0 : 1 };
}
