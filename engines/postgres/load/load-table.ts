/** A table of the target as a load writes it. */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { SourceTable } from '../../../schemas/table-name.ts';
import type { TableDefinition } from '../../types/table.ts';
import { checkTarget } from '../catalogue/check-target.ts';
import type { CatalogueTable } from '../catalogue/table.ts';
import { quoted, quotedTable } from '../identifiers.ts';
import { listed, type TargetColumn, targetTable } from '../replica/tables/target-table.ts';

/** The statements that write a table. */
export type LoadTable = {
  readonly qualified: string;
  /** As SQL names it without the rows of its child tables, which are loaded by themselves. */
  readonly only: string;
  /** The loaded columns: those that both sides have, without those that the target computes. */
  readonly columns: readonly string[];
  /** COPY into the table, or into the staging table. */
  readonly copy: string;
  /** Only where the server could round or cut a value without an error. */
  readonly staging: Staging | null;
};

/** A temporary table from which values are inserted that must be checked. */
export type Staging = {
  readonly name: string;
  readonly create: string;
  readonly insert: string;
  readonly empty: string;
};

/**
 * Builds it. Throws a `PipelineError` if the target's table cannot be written.
 * @param found the target's table; undefined if it has none of that name.
 * @param number distinguishes the staging tables.
 * @param isSameProduct whether the source declares types in PostgreSQL's SQL.
 */
export function loadTable(
  table: TableDefinition,
  found: CatalogueTable | undefined,
  number: number,
  isSameProduct: boolean,
): LoadTable {
  if (found === undefined) throw tableMissing(table);
  checkTarget(found);
  const own = new Map(found.columns.map((column) => [column.name, column]));
  const lacking = table.columns.filter(({ name }) => !own.has(name));
  if (lacking.length > 0)
    throw new PipelineError(
      'columns_missing',
      `the target's table ${found.qualified} lacks ${lacking.map(({ name }) => name).join(', ')}`,
      { advice: `Add them: ${addColumns(found, lacking, isSameProduct)}` },
    );
  const declared = new Map(table.columns.map((column) => [column.name, column.declared]));
  // Types of the same name are the same type, also where it is a domain.
  const sourceType = (name: string): string | undefined => {
    if (!isSameProduct) return undefined;
    return declared.get(name) === own.get(name)?.type ? own.get(name)?.baseType : declared.get(name);
  };
  const target = targetTable(found, number, 'offset', sourceType);
  const columns = target.columns.filter(({ name }) => declared.has(name));
  const list = listed(columns);
  const isChecked = columns.some((column) => column.isChecked);
  const name = `sluice_load_${number}`;
  return {
    qualified: found.qualified,
    only: target.only,
    columns: columns.map((column) => column.name),
    copy: `copy ${isChecked ? name : found.qualified} (${list}) from stdin`,
    staging: isChecked
      ? {
          name,
          create: `create temporary table if not exists ${name} (${columns.map(stagedColumn).join(', ')}) on commit delete rows`,
          insert: `insert into ${found.qualified} (${list}) overriding system value select ${columns.map(loadedValue).join(', ')} from ${name}`,
          empty: `truncate ${name}`,
        }
      : null,
  };
}

/** Only values that are checked are staged as texts, so that a row is hardly longer than in its table. */
const stagedColumn = ({ name, isChecked, bareType }: TargetColumn): string =>
  `${quoted(name)} ${isChecked ? 'text' : bareType}`;

const loadedValue = ({ name, isChecked, value }: TargetColumn): string => (isChecked ? value : quoted(name));

const addColumns = (
  { qualified }: CatalogueTable,
  lacking: TableDefinition['columns'],
  isSameProduct: boolean,
): string =>
  isSameProduct
    ? lacking.map(({ name, declared }) => `ALTER TABLE ${qualified} ADD COLUMN ${quoted(name)} ${declared};`).join(' ')
    : lacking.map(({ name, declared }) => `${name}, at the source ${declared}`).join('; ');

const tableMissing = (table: SourceTable): PipelineError =>
  new PipelineError('tables_missing', `the target has no table ${quotedTable(table)}`, {
    advice: `Make it, for example with pg_dump --schema-only --table '${table.schema}.${table.name}' SOURCE | psql TARGET`,
  });
