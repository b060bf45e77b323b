/** Describes how the rules change each table. */
import { isRuleFor, type KnownTables } from '../../pipeline/transform/check-rules.ts';
import type { Condition } from '../../pipeline/transform/condition.ts';
import { type Action, isReplicated, matchingPattern, type TransformConfig } from '../../pipeline/transform/config.ts';
import { tableName } from '../../schemas/table-name.ts';

/** The plan of one table. */
export type TablePlan = {
  /** Its name at the source. */
  readonly table: string;
  /** Its name at the target; null if it is left out. */
  readonly target: string | null;
  /** Why it is left out; null if it is replicated. */
  readonly leftOut: string | null;
  /** The row filter of the rules; null for all rows. */
  readonly where: string | null;
  /** Columns with a rule. `known` is false if only the first event will show whether the column exists. */
  readonly columns: readonly {
    readonly column: string;
    readonly target: string | null;
    readonly action: Action['kind'];
    readonly known: boolean;
  }[];
};

/** Returns the plans, ordered by table. They contain no salts or masks. */
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

/** Returns a row filter in a notation close to SQL. */
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
