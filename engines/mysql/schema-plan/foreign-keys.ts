/** Foreign keys: made after the data, when an anti-join has proven them. */
import { tableName } from '../../../schemas/table-name.ts';
import type { ForeignKeyDefinition, ReferentialAction, TableDefinition } from '../../types/table.ts';
import { quoted } from '../identifiers.ts';
import type { TypedTable, TypedTables } from './column-types.ts';
import type { Report } from './finding.ts';
import type { Names } from './names.ts';
import type { ForeignKeyPlan } from './schema-plan.ts';
import { keyBytes, maxKeyBytes, partsOf } from './sql-type.ts';

/** What foreign keys depend on, besides the table. */
export type ForeignKeyContext = {
  readonly tables: TypedTables;
  /** The table in the target, by the name of the source's. */
  readonly placeOf: (table: string) => { readonly database: string; readonly name: string } | undefined;
  /** The names that are taken in the database. */
  readonly names: Names;
  readonly report: Report;
};

/** The foreign keys of a table that the target can have. */
export const foreignKeys = (typed: TypedTable, context: ForeignKeyContext): readonly ForeignKeyPlan[] =>
  typed.table.foreignKeys.flatMap((key) => foreignKey(typed, key, context));

function foreignKey(
  typed: TypedTable,
  key: ForeignKeyDefinition,
  context: ForeignKeyContext,
): readonly ForeignKeyPlan[] {
  const { tables, placeOf, names, report } = context;
  const { table } = typed;
  const object = `${tableName(table)}: FOREIGN KEY ${key.name}`;
  const refuse = (why: string) => {
    report({ severity: 'warn', object, what: 'is not carried', why });
    return [];
  };
  const parentName = tableName({ schema: key.references.schema, name: key.references.table });
  const parent = tables.get(parentName);
  const place = placeOf(parentName);
  if (parent === undefined || place === undefined) return refuse(`${parentName} is not among the tables`);
  const pairs = inKeyOrder(key, parent.table);
  if (pairs === undefined) return refuse('it refers to no primary or unique key');
  const refusal = refusePairs(pairs, typed, parent);
  if (refusal !== undefined) return refuse(refusal);
  reportDifferences(table, key, object, report);
  const actions = actionsOf(table, key, object, report);
  const columns = pairs.map(({ child }) => child);
  const references = { database: place.database, table: place.name, columns: pairs.map((pair) => pair.parent) };
  const name = names.take(key.name, table.name);
  return [{ name, columns, references, ...actions, clause: clauseOf(name, columns, references, actions) }];
}

type Pair = { readonly child: string; readonly parent: string };
type Actions = Pick<ForeignKeyPlan, 'onUpdate' | 'onDelete'>;

/** The pairs of columns in the order of the key that they refer to, which InnoDB requires; undefined without such a key. */
function inKeyOrder(key: ForeignKeyDefinition, parent: TableDefinition): readonly Pair[] | undefined {
  const pairs = key.columns.map((child, index) => ({ child, parent: key.references.columns[index] ?? '' }));
  const unique = parent.indexes
    .filter((index) => index.unique && index.predicate === null && index.parts.every(({ column }) => column !== null))
    .map(({ parts }) => parts.flatMap(({ column }) => column ?? []));
  const keys = [parent.primaryKey?.columns ?? [], ...parent.uniqueKeys.map(({ columns }) => columns), ...unique];
  const same = keys.filter(
    (columns) => columns.length === pairs.length && pairs.every((pair) => columns.includes(pair.parent)),
  );
  const exact = same.find((columns) => columns.every((column, index) => column === pairs[index]?.parent)) ?? same[0];
  return exact?.flatMap((column) => pairs.find((pair) => pair.parent === column) ?? []);
}

function refusePairs(pairs: readonly Pair[], child: TypedTable, parent: TypedTable): string | undefined {
  let bytes = 0;
  for (const pair of pairs) {
    const [one, other] = [child.columns.get(pair.child)?.sqlType ?? '', parent.columns.get(pair.parent)?.sqlType ?? ''];
    const size = keyBytes(one);
    if (size === undefined || keyBytes(other) === undefined) return `${pair.child} is too long for a key`;
    if (comparable(one) !== comparable(other)) return `${pair.child} is ${one}, ${pair.parent} is ${other}`;
    bytes += size;
  }
  return bytes > maxKeyBytes ? `it has more than ${maxKeyBytes} bytes` : undefined;
}

/** Texts may have several lengths, everything else must be the same. */
function comparable(sqlType: string): string {
  const { word } = partsOf(sqlType);
  if (word === 'varchar' || word === 'char') return sqlType.replace(/^(?:var)?char\(\d+\)/, 'text');
  return word === 'varbinary' ? 'bytes' : sqlType;
}

function reportDifferences(table: TableDefinition, key: ForeignKeyDefinition, object: string, report: Report): void {
  if (key.matchFull && key.columns.length > 1)
    report({
      severity: 'warn',
      object,
      what: 'accepts rows with some of its columns NULL',
      why: 'MySQL has no MATCH FULL',
    });
  if (!key.validated)
    report({
      severity: 'warn',
      object,
      what: 'is added only if every row has its parent',
      why: 'the source has not validated it',
      statement: `ALTER TABLE ${tableName(table)} VALIDATE CONSTRAINT ${key.name}`,
    });
}

/** The actions that InnoDB has. */
function actionsOf(table: TableDefinition, key: ForeignKeyDefinition, object: string, report: Report): Actions {
  const isRequired = key.columns.some((name) => table.columns.find((column) => column.name === name)?.notNull);
  const carried = (event: 'DELETE' | 'UPDATE', action: ReferentialAction): ReferentialAction => {
    const lost = (why: string): ReferentialAction => {
      report({ severity: 'warn', object, what: `has no action ON ${event}: such a ${event} is refused`, why });
      return 'no action';
    };
    if (action === 'set default') return lost('InnoDB has no SET DEFAULT');
    if (action === 'set null' && isRequired) return lost('SET NULL of a column that is NOT NULL');
    return action;
  };
  const isOwn = key.references.table === table.name && key.references.schema === table.schema;
  if (isOwn && ['cascade', 'set null'].includes(key.onUpdate))
    report({
      severity: 'warn',
      object,
      what: 'refuses updates of keys that rows of the same table refer to',
      why: 'InnoDB does not cascade updates within one table',
    });
  return { onDelete: carried('DELETE', key.onDelete), onUpdate: carried('UPDATE', key.onUpdate) };
}

/** Columns that a foreign key changes by itself. */
export const changedByKeys = ({ foreignKeys: keys }: TableDefinition): ReadonlySet<string> =>
  new Set(
    keys
      .filter(({ onUpdate, onDelete }) => onUpdate === 'cascade' || onUpdate === 'set null' || onDelete === 'set null')
      .flatMap(({ columns }) => columns),
  );

const list = (columns: readonly string[]): string => columns.map(quoted).join(', ');

function clauseOf(
  name: string,
  columns: readonly string[],
  references: ForeignKeyPlan['references'],
  { onDelete, onUpdate }: Actions,
): string {
  const actions = [
    onDelete === 'no action' ? '' : ` on delete ${onDelete}`,
    onUpdate === 'no action' ? '' : ` on update ${onUpdate}`,
  ];
  const parent = `${quoted(references.database)}.${quoted(references.table)} (${list(references.columns)})`;
  return `constraint ${quoted(name)} foreign key (${list(columns)}) references ${parent}${actions.join('')}`;
}
