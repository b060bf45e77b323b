/** What rules make of each table. */
import { isRuleFor, type KnownTables } from '../../pipeline/transform/check-rules.ts';
import type { Condition } from '../../pipeline/transform/condition.ts';
import { type Action, isReplicated, matchingPattern, type TransformConfig } from '../../pipeline/transform/config.ts';
import { tableName } from '../../schemas/table-name.ts';

/** One table. */
export type TablePlan = {
  /** Its name at the source. */
  readonly table: string;
  /** What it is called at the target; null when it is left out. */
  readonly target: string | null;
  /** Why it is left out; null when it is not. */
  readonly leftOut: string | null;
  /** Which rows are written, as the rules say it; null for all. */
  readonly where: string | null;
  /** Columns that have a rule. `known` is false where only the first event will tell whether there is such a column. */
  readonly columns: readonly {
    readonly column: string;
    readonly target: string | null;
    readonly action: Action['kind'];
    readonly known: boolean;
  }[];
};

/** The plan, table by table in order. Salts and masks are not in it. */
export function planOf(config: TransformConfig, { read }: KnownTables): readonly TablePlan[] {
  const plans = read.map((known): TablePlan => {
    const rule = config.tables.find((one) => isRuleFor(one, known));
    const source = rule?.table ?? known.names[0];
    const name = tableName(source);
    if (!isReplicated(config, source)) {
      const by = matchingPattern(config.exclude, source);
      const leftOut = by === undefined ? 'no pattern of include has it' : `excluded by '${by}'`;
      return { table: name, target: null, leftOut, where: null, columns: [] };
    }
    const columns = rule?.columns ?? [];
    return {
      table: name,
      target: tableName(rule?.target ?? source),
      leftOut: null,
      where: rule?.where ? describeCondition(rule.where) : null,
      columns: columns
        .filter(({ column }) => known.described?.columns.includes(column) ?? true)
        .map(({ column, target, action: { kind } }) => ({
          column,
          target: kind === 'drop' ? null : target,
          action: kind,
          known: known.described !== null,
        })),
    };
  });
  return plans.sort((a, b) => (a.table < b.table ? -1 : 1));
}

/** A row filter, near to what it would be in SQL. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'in':
      return `${condition.column} in (${condition.values.map((value) => `'${value}'`).join(', ')})`;
    case 'null':
      return `${condition.column} is null`;
    case 'not':
      return `not (${describeCondition(condition.of)})`;
    case 'all':
    case 'any':
      return condition.of.map((one) => `(${describeCondition(one)})`).join(condition.kind === 'all' ? ' and ' : ' or ');
  }
}
