/** CHECK constraints of tables and of domains. They are part of CREATE TABLE, because adding one later copies the table. */
import { tableName } from '../../../schemas/table-name.ts';
import type { TableDefinition } from '../../types/table.ts';
import type { Flavor } from '../../types/to-mysql/cast.ts';
import { quoted } from '../identifiers.ts';
import type { Report } from './finding.ts';
import { type ScopeColumns, translate } from './from-postgres/translate.ts';
import type { Names } from './names.ts';
import type { FittingTable } from './row-size.ts';

/** What CHECK constraints depend on, besides the table. */
export type CheckContext = {
  readonly flavor: Flavor;
  readonly scope: ScopeColumns;
  /** The names that are taken in the database. */
  readonly names: Names;
  /** Columns that a foreign key changes, which no CHECK of MySQL may name. */
  readonly changedByKeys: ReadonlySet<string>;
  readonly report: Report;
};

/** A constraint before its translation. */
type Check = { readonly name: string; readonly sql: string; readonly scope: ScopeColumns };

/** The clauses of a table's CHECK constraints. */
export function checkClauses({ typed: { table }, lengths }: FittingTable, context: CheckContext): readonly string[] {
  const ofLengths = [...lengths].map(([column, size]) => ({
    name: context.names.take(`${table.name}_${column}_length`, table.name),
    sql: `(char_length(${quoted(column)}) <= ${size})`,
  }));
  const carried = checksOf(table, context.scope).flatMap((check) => carriedCheck(table, check, context));
  return [...carried, ...ofLengths].map(({ name, sql }) => `constraint ${quoted(name)} check ${sql}`);
}

/** The constraints of the table and of the domains of its columns. EXCLUDE is reported. */
function checksOf(table: TableDefinition, scope: ScopeColumns): readonly Check[] {
  const ofTable = table.checks.filter(({ kind }) => kind === 'check').map(({ name, sql }) => ({ name, sql, scope }));
  const ofDomains = table.columns.flatMap(({ name, domainChecks }) =>
    domainChecks.map((sql) => ({ name: `${table.name}_${name}_domain`, sql, scope: domainScope(scope, name) })),
  );
  return [...ofTable, ...ofDomains];
}

/** In the constraint of a domain, VALUE is the column. */
function domainScope(scope: ScopeColumns, name: string): ScopeColumns {
  const column = scope.get(name);
  return new Map(
    column === undefined
      ? []
      : [
          ['VALUE', column],
          ['value', column],
        ],
  );
}

function carriedCheck(
  table: TableDefinition,
  { name, sql, scope }: Check,
  context: CheckContext,
): readonly { name: string; sql: string }[] {
  const { flavor, report, names, changedByKeys } = context;
  const object = `${tableName(table)}: CHECK ${name}`;
  const refuse = (why: string) => {
    report({ severity: 'warn', object, what: `is not carried: ${sql}`, why });
    return [];
  };
  const found = translate(sql, flavor, scope);
  if ('reason' in found) return refuse(found.reason);
  if (found.type.kind !== 'boolean') return refuse('it is no condition');
  const columns = found.columns.map((column) => scope.get(column)?.name ?? column);
  const changed = flavor === 'mysql' ? columns.find((column) => changedByKeys.has(column)) : undefined;
  if (changed !== undefined) return refuse(`a CHECK of MySQL must not name ${changed}, which a foreign key changes`);
  for (const why of found.notes) report({ severity: 'warn', object, what: 'is carried', why });
  return [{ name: names.take(name, table.name), sql: found.sql.startsWith('(') ? found.sql : `(${found.sql})` }];
}

/** EXCLUDE constraints, which no MySQL has. */
export function reportExcludes(table: TableDefinition, report: Report): void {
  for (const { name, sql } of table.checks.filter(({ kind }) => kind === 'exclude'))
    report({
      severity: 'block',
      object: `${tableName(table)}: ${name}`,
      what: `is not carried: ${sql}`,
      why: 'MySQL has no EXCLUDE constraints: the target would accept rows that the source refuses',
    });
}
