/** Clauses of columns in CREATE TABLE. */

import type { Flavor } from '../../types/to-mysql/cast.ts';
import { quoted } from '../identifiers.ts';
import type { TypedColumn } from './column-types.ts';
import { commentClause, maxColumnComment } from './comments.ts';
import { defaultOf } from './defaults.ts';
import type { Report } from './finding.ts';
import { type ScopeColumns, translate } from './from-postgres/translate.ts';
import { groupOf } from './from-postgres/value.ts';
import type { ColumnPlan } from './schema-plan.ts';

/** What a column's clause depends on, besides the column. */
export type ColumnContext = {
  readonly flavor: Flavor;
  readonly scope: ScopeColumns;
  /** `schema.table.column`, for findings. */
  readonly object: string;
  /** Whether the column is part of a key that refuses computed values. */
  readonly isInKey: boolean;
  /** How a counter gives the column its values; null if none does. */
  readonly counter: { readonly kind: 'auto_increment' } | { readonly kind: 'sequence'; readonly name: string } | null;
  readonly report: Report;
};

/** Plans a column. */
export function columnPlan(column: TypedColumn, context: ColumnContext): ColumnPlan {
  const { definition, sqlType, leastType, target } = column;
  const computed = computedBy(column, context);
  const value = computed ?? `${definition.notNull ? ' not null' : ' null'}${defaultBy(column, context)}`;
  const comment = commentClause(definition.comment, maxColumnComment, context.object, context.report);
  return {
    name: definition.name,
    source: definition.name,
    sqlType,
    leastType,
    generated: computed !== null,
    target,
    clause: `${quoted(definition.name)} ${sqlType}${value}${comment === '' ? '' : ` comment ${comment}`}`,
  };
}

/** The clause of a generated column; null for one that becomes a plain column. */
function computedBy(column: TypedColumn, context: ColumnContext): string | null {
  const { default: value, notNull, type } = column.definition;
  if (value?.kind !== 'generated') return null;
  const { flavor, scope, object, report, isInKey } = context;
  const refuse = (why: string) => {
    report({
      severity: 'warn',
      object,
      what: 'becomes a plain column: the stream carries its values, but the target does not compute them',
      why,
    });
    return null;
  };
  if (isInKey) return refuse('a generated column in a primary or foreign key');
  const found = translate(value.sql, flavor, scope);
  if ('reason' in found) return refuse(found.reason);
  if (found.notes.length > 0) return refuse(found.notes.join('; '));
  if (found.type.kind !== type.kind || groupOf(found.type) !== groupOf(type))
    return refuse(`an expression of ${found.type.kind} is converted to ${type.kind} by other rules`);
  if (notNull && flavor === 'mariadb')
    report({ severity: 'info', object, what: 'loses NOT NULL', why: 'MariaDB has none for generated columns' });
  const isNotNull = notNull && flavor === 'mysql' ? ' not null' : '';
  return ` generated always as (${found.sql}) ${value.stored ? 'stored' : 'virtual'}${isNotNull}`;
}

function defaultBy(column: TypedColumn, { counter, object, report, flavor }: ColumnContext): string {
  if (counter?.kind === 'auto_increment') return ' auto_increment';
  if (counter?.kind === 'sequence') return ` default (nextval(${counter.name}))`;
  const { default: value } = column.definition;
  if (value?.kind !== 'expression') return '';
  const found = defaultOf(column, value.sql, flavor);
  if ('reason' in found) {
    report({ severity: 'warn', object, what: `loses its default ${value.sql}`, why: found.reason });
    return '';
  }
  for (const why of found.notes)
    report({
      severity: /random|tables/.test(why) ? 'warn' : 'info',
      object,
      what: `has the default ${found.sql}`,
      why,
    });
  return found.sql === null ? '' : ` default ${found.sql}`;
}
