/** Statements that create tables by their definitions in a catalogue. */
import { quoted } from '../identifiers.ts';
import type { CatalogueColumn, CatalogueTable } from './table.ts';

/**
 * CREATE statements in a valid order: parents before children, foreign keys last. Omits a foreign key whose table is
 * neither among `tables` nor among `existing`. An index whose name exists gets another one.
 * @param existing qualified names of the target's relations.
 * @param uses by table, the other tables whose row types it uses.
 */
export function createStatements(
  tables: readonly CatalogueTable[],
  existing: ReadonlySet<string>,
  uses: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly string[] {
  const made = new Set([...existing, ...tables.map((table) => table.qualified)]);
  // The indexes of a renamed table keep their names.
  const isTaken = (index: string | null) => index !== null && existing.has(index);
  return [
    ...parentsFirst(tables, uses).map((table) => createTable(table, existing)),
    ...tables.flatMap((table) =>
      table.constraints.map(({ name, definition, index }) =>
        addConstraint(table, isTaken(index) ? null : name, definition),
      ),
    ),
    ...tables.flatMap((table) =>
      table.indexes.map(({ definition, index }) => (isTaken(index) ? definition.replace(indexName, '$1') : definition)),
    ),
    ...tables.flatMap((table) =>
      table.foreignKeys
        .filter(({ references }) => made.has(references))
        .map(({ name, definition }) => addConstraint(table, name, definition)),
    ),
  ];
}

/** The beginning of an index definition, with the name. Without a name the server chooses one. */
const indexName = /^(CREATE (?:UNIQUE )?INDEX )(?:"(?:[^"]|"")*"|\S+) (?=ON )/;

const addConstraint = ({ qualified }: CatalogueTable, name: string | null, definition: string): string =>
  `alter table ${qualified} add ${name === null ? '' : `constraint ${quoted(name)} `}${definition}`;

function createTable(
  { qualified, columns, inherits, partitionKey, partitionOf }: CatalogueTable,
  existing: ReadonlySet<string>,
): string {
  const by = partitionKey === null ? '' : ` partition by ${partitionKey}`;
  if (partitionOf) return `create table ${qualified} partition of ${partitionOf.parent} ${partitionOf.bound}${by}`;
  const from = inherits.length === 0 ? '' : ` inherits (${inherits.join(', ')})`;
  return `create table ${qualified} (${columns.map((column) => columnDefinition(column, existing)).join(', ')})${from}${by}`;
}

function columnDefinition(
  { name, type, collation, notNull, expression, identity, sequence, generated }: CatalogueColumn,
  existing: ReadonlySet<string>,
): string {
  const parts = [quoted(name), type];
  if (collation !== null) parts.push(`collate ${collation}`);
  if (generated !== null) parts.push(`generated always as (${expression}) ${generated}`);
  else if (identity !== null) parts.push(`generated ${identity} as identity${sequenceOptions(sequence, existing)}`);
  else if (expression !== null) parts.push(`default ${expression}`);
  if (notNull) parts.push('not null');
  return parts.join(' ');
}

/** The sequence of an identity keeps its name unless a relation of the target has that name. */
function sequenceOptions(sequence: CatalogueColumn['sequence'], existing: ReadonlySet<string>): string {
  if (sequence === null) return '';
  const name = existing.has(sequence.name) ? '' : `sequence name ${sequence.name} `;
  return ` (${name}${sequence.options})`;
}

function parentsFirst(
  tables: readonly CatalogueTable[],
  uses: ReadonlyMap<string, readonly string[]>,
): readonly CatalogueTable[] {
  const byName = new Map(tables.map((table) => [table.qualified, table]));
  const ordered = new Set<CatalogueTable>();
  const begun = new Set<CatalogueTable>();
  const visit = (table: CatalogueTable): void => {
    // Two tables whose defaults name each other are visited once each.
    if (begun.has(table)) return;
    begun.add(table);
    const parents = [...table.inherits, ...(table.partitionOf ? [table.partitionOf.parent] : [])];
    for (const parent of [...parents, ...(uses.get(table.qualified) ?? [])]) {
      const found = byName.get(parent);
      if (found) visit(found);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table);
  return [...ordered];
}
