/**
 * The merge into a table without a key (rule 24). Its events are applied one by one, in order. A row is found by all of its
 * values: an UPDATE or DELETE changes exactly one of several equal rows.
 */
import type { MergeContent } from '../../../sink/replica/group-plan.ts';
import type { Step } from '../../../sink/replica/steps.ts';
import { quoted } from '../../identifiers.ts';
import { stagingNames } from '../staging/staging-table.ts';
import { listed, type TargetTable } from '../tables/target-table.ts';
import { overridingClause, writtenColumns } from './merge-columns.ts';

/**
 * Types whose `=` finds the same value. Other columns are compared as texts, which works for every type: some have no `=`
 * (json, jsonpath, pg_snapshot), some another meaning of it (box compares areas), and row types have it only if all their
 * fields do.
 */
const comparableTypes =
  /^(?:smallint|integer|bigint|oid|numeric|real|double precision|boolean|uuid|bytea|text|character varying|bpchar|date|time\b.*|timestamp\b.*|jsonb|inet|cidr)$/;

/** Builds the statements of the steps that lie in [first, last]. */
export function keylessMerge(
  table: TargetTable,
  content: MergeContent,
  steps: readonly Step[],
): (first: number, last: number) => readonly string[] {
  const { typed } = stagingNames(table);
  const { only, qualified } = table;
  const uncounted = new Set(content.leftOut);
  const used = writtenColumns(table, content);
  const insertFrom = (from: string) =>
    `insert into ${qualified} (${listed(used)}) ${overridingClause(table)} select ${listed(used)} from ${from}`;
  const equal = used
    .map(({ name, bareType }) => {
      const as = comparableTypes.test(bareType) ? '' : '::text';
      return `t.${quoted(name)}${as} is not distinct from i.${quoted(name)}${as}`;
    })
    .join(' and ');
  const equalTexts = used
    .map(({ name }) => `t.${quoted(name)}::text is not distinct from i.${quoted(name)}::text`)
    .join(' and ');

  const insertRows = (
    from: number,
    to: number,
  ) => `with w as materialized (select * from ${typed} where sluice_ordinal between ${from} and ${to}),
            added as (${insertFrom('w order by sluice_ordinal')})
           select sluice_batch as batch, count(*)::integer as applied from w group by sluice_batch`;

  const changeRow = ({ ordinal, batch, inserts }: Step & { readonly kind: 'change' }) => {
    const row = `${typed} i where i.sluice_ordinal = ${ordinal}`;
    const added = inserts
      ? `, added as (${insertFrom(`${row} and not i.sluice_deleted and exists (select from removed)`)})`
      : '';
    return `with old as materialized (
           select t.tableoid as part, t.ctid as place from ${only} t, ${typed} i
           where i.sluice_ordinal = ${ordinal} and i.sluice_deleted and ${equal}
           -- Of equal rows, the one with the same texts.
           order by ${equalTexts} desc limit 1
         ), removed as (
           delete from ${only} t using old where t.tableoid = old.part and t.ctid = old.place returning 1
         )${added}
         select ${batch} as batch, ${uncounted.has(ordinal) ? '0' : '(select count(*) from removed)::integer'} as applied,
           case when not exists (select from removed) then array[${ordinal}] end as baseless`;
  };

  return (first, last) =>
    steps.flatMap((step) => {
      if (step.kind === 'insert') {
        const [from, to] = [Math.max(first, step.first), Math.min(last, step.last)];
        return from > to ? [] : [insertRows(from, to)];
      }
      if (step.ordinal < first || step.ordinal > last) return [];
      return step.kind === 'empty'
        ? [`delete from ${only}`, `select ${step.batch} as batch, ${step.applied} as applied`]
        : [changeRow(step)];
    });
}
