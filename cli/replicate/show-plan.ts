/** The output of `replicate --check`: the effect of the rules on each table. */
import type { Action } from '../../pipeline/transform/config.ts';
import type { TablePlan } from '../../services/replicate/plan.ts';
import { table } from '../output/table.ts';

/** Returns lines for people. */
export function describePlan(plan: readonly TablePlan[]): readonly string[] {
  if (plan.length === 0) return ['no table is read so far'];
  const rows = plan.map((one) =>
    one.target === null
      ? [one.table, `left out: ${one.leftOut}`, '', '']
      : [one.table, one.target, one.where ?? 'all', describeColumns(one)],
  );
  const unsure = plan.some(({ columns }) => columns.some(({ known }) => !known));
  const note = 'columns are checked at the first event of each table, or now with --source-db';
  return [...table(['table', 'written to', 'rows', 'columns'], rows), ...(unsure ? ['', note] : [])];
}

const verbs: Readonly<Record<Action['kind'], string>> = { keep: '', drop: 'dropped', mask: 'masked', hash: 'hashed' };

function describeColumns({ columns }: TablePlan): string {
  if (columns.length === 0) return 'as they are';
  return columns
    .map(({ column, target, action }) => {
      const renamed = target === null || target === column ? '' : `→ ${target}`;
      return [column, verbs[action], renamed].filter((part) => part !== '').join(' ');
    })
    .join(', ');
}
