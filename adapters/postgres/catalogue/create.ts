/** The statements that make tables like those a catalogue describes. */
import { type CatalogueColumn, type CatalogueTable, quoted } from './table.ts';

/**
 * Statements in an order in which they can be run: parents before children, foreign keys last. A foreign key to a table
 * that is neither among these nor among `existing`, qualified names, is left out.
 */
export function createStatements(tables: readonly CatalogueTable[], existing: ReadonlySet<string>): readonly string[] {
  const made = new Set([...existing, ...tables.map((table) => table.qualified)]);
  return [
    ...parentsFirst(tables).map(createTable),
    ...tables.flatMap((table) =>
      table.constraints.map(({ name, definition }) => addConstraint(table, name, definition)),
    ),
    ...tables.flatMap((table) => table.indexes.map(({ definition }) => definition)),
    ...tables.flatMap((table) =>
      table.foreignKeys
        .filter(({ references }) => made.has(references))
        .map(({ name, definition }) => addConstraint(table, name, definition)),
    ),
  ];
}

const addConstraint = ({ qualified }: CatalogueTable, name: string, definition: string): string =>
  `alter table ${qualified} add constraint ${quoted(name)} ${definition}`;

function createTable({ qualified, columns, inherits, partitionKey, partitionOf }: CatalogueTable): string {
  const by = partitionKey === null ? '' : ` partition by ${partitionKey}`;
  if (partitionOf) return `create table ${qualified} partition of ${partitionOf.parent} ${partitionOf.bound}${by}`;
  const from = inherits.length === 0 ? '' : ` inherits (${inherits.join(', ')})`;
  return `create table ${qualified} (${columns.map(columnDefinition).join(', ')})${from}${by}`;
}

function columnDefinition({
  name,
  type,
  collation,
  notNull,
  expression,
  identity,
  generated,
}: CatalogueColumn): string {
  const parts = [quoted(name), type];
  if (collation !== null) parts.push(`collate ${collation}`);
  if (generated !== null) parts.push(`generated always as (${expression}) ${generated}`);
  else if (identity !== null) parts.push(`generated ${identity} as identity`);
  else if (expression !== null) parts.push(`default ${expression}`);
  if (notNull) parts.push('not null');
  return parts.join(' ');
}

function parentsFirst(tables: readonly CatalogueTable[]): readonly CatalogueTable[] {
  const byName = new Map(tables.map((table) => [table.qualified, table]));
  const ordered = new Set<CatalogueTable>();
  const visit = (table: CatalogueTable): void => {
    if (ordered.has(table)) return;
    for (const parent of [...table.inherits, ...(table.partitionOf ? [table.partitionOf.parent] : [])]) {
      const found = byName.get(parent);
      if (found) visit(found);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}
