/** Unique indexes with a condition or with expressions: by a generated column in MariaDB, by functional parts in MySQL. */
import type { IndexDefinition } from '../../types/table.ts';
import { quoted } from '../identifiers.ts';
import type { TypedTable } from './column-types.ts';
import { translate } from './from-postgres/translate.ts';
import type { IndexContext } from './indexes.ts';
import { shortened } from './names.ts';
import type { ColumnPlan } from './schema-plan.ts';

/** The parts of a unique index, and the columns that it needs; or why it cannot be carried. */
export type Helped =
  | { readonly parts: readonly string[]; readonly columns: readonly ColumnPlan[] }
  | { readonly reason: string };

/** A part that is computed: its SQL and its type. */
type Computed = { readonly sql: string; readonly sqlType: string };

/** Plans the parts of a unique index. */
export function helperOf(typed: TypedTable, index: IndexDefinition, context: IndexContext): Helped {
  const parts: string[] = [];
  const columns: ColumnPlan[] = [];
  const add = (computed: Computed, order: string) => {
    if (context.flavor === 'mysql') {
      parts.push(`(${computed.sql})${order}`);
      return;
    }
    const name = shortened(`sluice_${index.name}_${parts.length + 1}`);
    columns.push(helperColumn(name, computed));
    parts.push(`${quoted(name)}${order}`);
  };
  for (const { column, expression, descending } of index.parts) {
    const order = descending ? ' desc' : '';
    if (column !== null) parts.push(`${quoted(column)}${order}`);
    else {
      const found = computedPart(typed, expression ?? '', context);
      if ('reason' in found) return found;
      add(found, order);
    }
  }
  if (index.predicate !== null) {
    const found = translate(index.predicate, context.flavor, context.scope);
    if ('reason' in found) return { reason: `its condition ${index.predicate} is not carried: ${found.reason}` };
    // Where the condition is not true, the part is NULL, and such rows are never equal.
    add({ sql: `(case when ${found.sql} then 1 end)`, sqlType: 'tinyint(1)' }, '');
  }
  return { parts, columns };
}

/** A column that no `select *` shows, and that takes no room in the rows. */
const helperColumn = (name: string, { sql, sqlType }: Computed): ColumnPlan => ({
  name,
  source: null,
  sqlType,
  leastType: null,
  generated: true,
  target: null,
  clause: `${quoted(name)} ${sqlType} generated always as (${sql}) virtual invisible`,
});

function computedPart(
  { columns }: TypedTable,
  expression: string,
  { flavor, scope, report }: IndexContext,
): Computed | { readonly reason: string } {
  const found = translate(expression, flavor, scope);
  if ('reason' in found) return { reason: `its expression ${expression} is not carried: ${found.reason}` };
  const [first, ...more] = found.columns;
  const sqlType = columns.get(first ?? '')?.sqlType ?? '';
  // Only functions of one text keep its length. The type of anything else is not known.
  if (more.length > 0 || found.type.kind !== 'text' || !/^(?:var)?char\(\d+\)$/.test(sqlType))
    return { reason: `its expression ${expression} has no known length` };
  for (const why of found.notes)
    report({ severity: 'warn', object: expression, what: 'is carried in a unique index', why });
  return { sql: found.sql, sqlType };
}
