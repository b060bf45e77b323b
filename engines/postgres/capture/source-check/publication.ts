/**
 * The publication of a connector. Sluice creates and alters it with exact table names. Debezium would publish every table
 * that its include list matches, and PostgreSQL refuses UPDATE and DELETE on published tables without a replica identity.
 */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { quoted } from '../../identifiers.ts';
import type { TableName } from '../connector-config.ts';
import { publishAll, withheldOperations } from '../publication-state.ts';
import type { Finding } from './finding.ts';
import { readableTable, tableList } from './names.ts';
import type { Server } from './server.ts';
import type { SourceTable } from './source-tables.ts';

/** A publication of the source. */
export type Publication = {
  readonly name: string;
  readonly owned: boolean;
  readonly viaRoot: boolean;
  /** Whether stored generated columns are published; PostgreSQL 18 and newer. */
  readonly generated: boolean;
  readonly all: boolean;
  /** Operations that it does not publish, named as in the parameter `publish`. */
  readonly withheld: readonly string[];
  /** Every published table, including tables of published schemas. */
  readonly tables: readonly TableName[];
  /** Tables that the publication names individually. */
  readonly named: readonly TableName[];
  /** Tables with a row filter or a column list. */
  readonly narrowed: readonly (TableName & { readonly filter: string | null; readonly columns: boolean })[];
};

/** Reads a publication; undefined when it does not exist. */
export async function readPublication(
  client: pg.Client,
  name: string,
  version: number,
): Promise<Publication | undefined> {
  const narrowed = `select jsonb_agg(jsonb_build_object('schema', n.nspname, 'table', c.relname,
      'filter', pg_get_expr(r.prqual, r.prrelid), 'columns', r.prattrs is not null) order by n.nspname, c.relname)
    from pg_publication_rel r join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
    where r.prpubid = p.oid and (r.prqual is not null or r.prattrs is not null)`;
  const { rows } = await client.query<Publication>(
    `select p.pubname as name, pg_has_role(p.pubowner, 'usage') as owned, p.pubviaroot as "viaRoot", p.puballtables as all,
       ${version >= 180_000 ? "p.pubgencols = 's'" : 'false'} as generated,
       ${withheldOperations} as withheld,
       coalesce((select jsonb_agg(jsonb_build_object('schema', t.schemaname, 'table', t.tablename)
         order by t.schemaname, t.tablename) from pg_publication_tables t where t.pubname = p.pubname), '[]') as tables,
       coalesce((select jsonb_agg(jsonb_build_object('schema', n.nspname, 'table', c.relname))
         from pg_publication_rel r join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
         where r.prpubid = p.oid), '[]') as named,
       coalesce((${version >= 150_000 ? narrowed : 'null::jsonb'}), '[]') as narrowed
     from pg_publication p where p.pubname = $1`,
    [name],
  );
  return rows[0];
}

/** Whether one of `tables` is `table`. */
export const includes = (tables: readonly TableName[], { schema, table }: TableName): boolean =>
  tables.some((one) => one.schema === schema && one.table === table);

/** The changes to a publication before a connector can capture exactly these tables. */
export type PublicationChange = {
  readonly statements: readonly string[];
  /** Tables that an existing publication lacks. */
  readonly added: readonly SourceTable[];
  /** Published tables that are not captured. */
  readonly others: readonly TableName[];
};

/** Plans the changes. Removes tables of `before` that are no longer captured, but no table that somebody else published. */
export function planPublication(
  name: string,
  publication: Publication | undefined,
  tables: readonly SourceTable[],
  before: readonly string[],
): PublicationChange {
  if (publication === undefined) {
    return { statements: [createPublication(name, tables)], added: [], others: [] };
  }
  const added = tables.filter((table) => !includes(publication.tables, table));
  const uncaptured = publication.tables.filter((table) => !includes(tables, table));
  const isLeft = (table: TableName) =>
    before.includes(`${table.schema}.${table.table}`) && includes(publication.named, table);
  const left = uncaptured.filter(isLeft);
  const statements = [
    ...(added.length === 0 ? [] : [`ALTER PUBLICATION ${quoted(name)} ADD TABLE ${members(added)};`]),
    ...(left.length === 0 ? [] : [`ALTER PUBLICATION ${quoted(name)} DROP TABLE ${tableList(left)};`]),
  ];
  return { statements, added, others: uncaptured.filter((table) => !isLeft(table)) };
}

/** The CREATE PUBLICATION statement; `options` are additional parameters, each after a comma. */
export const createPublication = (name: string, tables: readonly SourceTable[], options = ''): string =>
  `CREATE PUBLICATION ${quoted(name)} FOR TABLE ${members(tables)} WITH (publish_via_partition_root = true${options});`;

/** Publishes an inheritance parent with ONLY. Its children are captured by their own names, or not at all. */
const members = (tables: readonly SourceTable[]): string =>
  tables.map((table) => `${table.isParent ? 'ONLY ' : ''}${readableTable(table)}`).join(', ');

/** Throws a `PipelineError` if this user cannot make the planned changes to the publication. */
export function checkPublicationRights(
  server: Server,
  name: string,
  publication: Publication | undefined,
  { statements, added }: PublicationChange,
  tables: readonly SourceTable[],
): void {
  if (publication?.all) {
    throw new PipelineError('publication_all', `the publication ${name} is FOR ALL TABLES, it cannot be narrowed`, {
      advice: 'Choose another --publication: it is created with the captured tables.',
    });
  }
  if (publication !== undefined && !publication.viaRoot && tables.some(({ isPartitioned }) => isPartitioned)) {
    throw new PipelineError(
      'publication_partitions',
      `the publication ${name} sends partitions under their own names`,
      {
        advice: `On the source: ALTER PUBLICATION ${quoted(name)} SET (publish_via_partition_root = true);`,
      },
    );
  }
  if (statements.length === 0) return;
  const advice = `On the source, as the owner of the tables: ${statements.join(' ')}`;
  if (publication === undefined ? !server.mayCreate : !publication.owned) {
    const what = publication === undefined ? 'create' : 'change';
    throw new PipelineError('publication_rights', `user ${server.user} may not ${what} the publication ${name}`, {
      advice,
    });
  }
  const foreign = (publication === undefined ? tables : added).filter(({ owned }) => !owned);
  if (foreign.length > 0) {
    throw new PipelineError(
      'publication_rights',
      `only the owner can publish ${tableList(foreign)}, user ${server.user} is not`,
      { advice },
    );
  }
}

/** Findings about a publication that withholds operations, rows or columns. */
export function* publicationFindings(
  publication: Publication | undefined,
  tables: readonly TableName[],
): Generator<Finding> {
  if (publication === undefined) return;
  const { name, withheld } = publication;
  if (withheld.length > 0) {
    yield {
      check: 'publication_operations',
      what: `the publication ${name} does not publish ${withheld.join(', ')}: the copy would keep what these change`,
      fix: `On the source: ${publishAll(name)}`,
    };
  }
  for (const table of publication.narrowed.filter((one) => includes(tables, one))) {
    const fix = `On the source: BEGIN; ALTER PUBLICATION ${quoted(name)} DROP TABLE ${readableTable(table)}; ALTER PUBLICATION ${quoted(name)} ADD TABLE ${readableTable(table)}; COMMIT;`;
    if (table.filter !== null) {
      const what = `the publication ${name} publishes ${readableTable(table)} only WHERE ${table.filter}`;
      yield { check: 'publication_row_filter', what, fix };
    }
    if (table.columns) {
      const what = `the publication ${name} publishes only some columns of ${readableTable(table)}`;
      yield { check: 'publication_columns', what, fix };
    }
  }
}
