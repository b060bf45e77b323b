/** The present state of a publication, and the settings of it that withhold changes of captured tables. */
import type pg from 'pg';
import { quoted } from '../identifiers.ts';
import { tableOf } from './connector-config.ts';
import { readableTable } from './source-check/names.ts';

/** A publication in the source's catalogue. */
export type PublicationState = {
  /** Id of the transaction that last altered its settings. */
  readonly altered: string;
  /** Operations that it does not publish. */
  readonly withoutOperations: readonly string[];
  /** Whether it publishes a partition's changes as changes of its root. */
  readonly viaRoot: boolean;
  readonly tables: Readonly<Record<string, PublishedTable>>;
};

/** A table of a publication. */
export type PublishedTable = {
  /** Oid in pg_publication_rel, which changes if the table leaves and returns. Null if the publication does not list tables. */
  readonly link: number | null;
  /** Row filter; null when all rows are sent. */
  readonly rowFilter: string | null;
  /** Columns that the column list omits. */
  readonly withoutColumns: readonly string[];
};

/** SQL over pg_publication: the operations that a publication does not send. */
export const withheldOperations = `array_remove(array[
    case when not pubinsert then 'insert' end, case when not pubupdate then 'update' end,
    case when not pubdelete then 'delete' end, case when not pubtruncate then 'truncate' end], null)`;

/** The statement that makes a publication send all of them. */
export const publishAll = (publication: string): string =>
  `ALTER PUBLICATION ${quoted(publication)} SET (publish = 'insert, update, delete, truncate');`;

/** PostgreSQL 15 introduced row filters and column lists. The view of PostgreSQL 14 lacks both columns. */
const query = `
  select p.xmin::text as altered, p.pubviaroot as "viaRoot",
    ${withheldOperations} as "withoutOperations",
    coalesce((
      select jsonb_object_agg(t.schemaname || '.' || t.tablename, jsonb_build_object(
        'link', (select r.oid::bigint from pg_publication_rel r where r.prpubid = p.oid
          and r.prrelid = format('%I.%I', t.schemaname, t.tablename)::regclass),
        'rowFilter', to_jsonb(t) ->> 'rowfilter',
        'withoutColumns', coalesce((
          select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
          where a.attrelid = format('%I.%I', t.schemaname, t.tablename)::regclass and a.attnum > 0 and not a.attisdropped
            and a.attgenerated = '' and not to_jsonb(t) -> 'attnames' @> to_jsonb(a.attname)), '[]')))
      from pg_publication_tables t where t.pubname = p.pubname
    ), '{}') as tables
  from pg_publication p where p.pubname = $1`;

/** Reads a publication; undefined when it does not exist. */
export async function readPublicationState(client: pg.Client, name: string): Promise<PublicationState | undefined> {
  return (await client.query<PublicationState>(query, [name])).rows[0];
}

/** The publication as `create` stores it. Only a comparison shows that it has been narrowed meanwhile. */
export type NotedPublication = {
  readonly altered: string;
  readonly viaRoot: boolean;
  readonly links: Readonly<Record<string, number | null>>;
};

/** The connector setting that holds it. Debezium ignores unknown settings. */
export const publicationSetting = 'sluice.publication';

/** The part of a publication's state to store. */
export const notePublication = ({ altered, viaRoot, tables }: PublicationState): NotedPublication => ({
  altered,
  viaRoot,
  links: Object.fromEntries(Object.entries(tables).map(([name, { link }]) => [name, link])),
});

/** The publication stored in a configuration; undefined if an older version or another program created the connector. */
export function notedPublication(config: Readonly<Record<string, string>> | undefined): NotedPublication | undefined {
  const noted = config?.[publicationSetting];
  return noted === undefined ? undefined : JSON.parse(noted);
}

/**
 * Whether the publication may have withheld changes of a table since it was stored, although it is complete now. A change
 * of `publish_via_partition_root` explains a new transaction id, and does not count.
 */
export function wasNarrowed(noted: NotedPublication | undefined, now: PublicationState, table: string): boolean {
  if (noted === undefined) return false;
  const [then, link] = [noted.links[table], now.tables[table]?.link];
  const isAltered = noted.altered !== now.altered && noted.viaRoot === now.viaRoot;
  return isAltered || (then !== undefined && link !== undefined && then !== link);
}

/**
 * Reasons why the publication withholds changes or parts of them, each with the statement that fixes it.
 * @param copy the advice for a new copy.
 * @param isAccepted whether `--accept` overruled this check of `create`. `wasNarrowed` finds later alterations.
 */
export function* narrowed(
  name: string,
  state: PublicationState,
  captured: readonly string[],
  copy: string,
  isAccepted: (check: string) => boolean,
): Generator<string> {
  const { withoutOperations, tables } = state;
  if (withoutOperations.length > 0 && !isAccepted('publication_operations'))
    yield `the publication ${name} does not publish ${withoutOperations.join(', ')}: such changes do not arrive. ` +
      `On the source: ${publishAll(name)} What was changed meanwhile is lost. ${copy}`;
  for (const table of captured) {
    const { rowFilter = null, withoutColumns = [] } = tables[table] ?? {};
    const again = `On the source: ALTER PUBLICATION ${quoted(name)} DROP TABLE ${readableTable(tableOf(table))}; ALTER PUBLICATION ${quoted(name)} ADD TABLE ${readableTable(tableOf(table))}; What was changed meanwhile is lost. ${copy}`;
    if (rowFilter !== null && !isAccepted('publication_row_filter'))
      yield `the publication ${name} sends only rows of ${table} with ${rowFilter}: changes of others do not arrive. ${again}`;
    if (withoutColumns.length > 0 && !isAccepted('publication_columns'))
      yield `the publication ${name} does not send ${withoutColumns.join(', ')} of ${table}. ${again}`;
  }
}
