/** What a publication sends now, and what of it keeps changes of captured tables from arriving. */
import type pg from 'pg';
import { quoted } from '../identifiers.ts';
import { tableOf } from './connector-config.ts';
import { readableTable } from './source-check/names.ts';

/** A publication as the source has it. */
export type PublicationState = {
  /** The transaction that altered its settings last. */
  readonly altered: string;
  /** Operations that it leaves out. */
  readonly withoutOperations: readonly string[];
  /** Whether changes of a partition come as changes of its root. */
  readonly viaRoot: boolean;
  readonly tables: Readonly<Record<string, PublishedTable>>;
};

/** A table of it. */
export type PublishedTable = {
  /** What makes it one: another when it left and came back. Null where the publication is not by tables. */
  readonly link: number | null;
  /** Condition on rows; null when all are sent. */
  readonly rowFilter: string | null;
  /** Columns that its list leaves out. */
  readonly withoutColumns: readonly string[];
};

/** SQL over pg_publication: the operations that a publication does not send. */
export const withheldOperations = `array_remove(array[
    case when not pubinsert then 'insert' end, case when not pubupdate then 'update' end,
    case when not pubdelete then 'delete' end, case when not pubtruncate then 'truncate' end], null)`;

/** The statement that makes a publication send all of them. */
export const publishAll = (publication: string): string =>
  `ALTER PUBLICATION ${quoted(publication)} SET (publish = 'insert, update, delete, truncate');`;

/** Row filters and column lists came with PostgreSQL 15, whose view names them; that of 14 lacks both columns. */
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

/** Undefined when there is none of that name. */
export async function readPublicationState(client: pg.Client, name: string): Promise<PublicationState | undefined> {
  return (await client.query<PublicationState>(query, [name])).rows[0];
}

/** What `create` notes of a publication: nothing else shows later what it published between two looks. */
export type NotedPublication = {
  readonly altered: string;
  readonly viaRoot: boolean;
  readonly links: Readonly<Record<string, number | null>>;
};

/** Where a connector's configuration has it. Debezium passes over settings that it does not know. */
export const publicationSetting = 'sluice.publication';

/** What to note. */
export const notePublication = ({ altered, viaRoot, tables }: PublicationState): NotedPublication => ({
  altered,
  viaRoot,
  links: Object.fromEntries(Object.entries(tables).map(([name, { link }]) => [name, link])),
});

/** What a configuration has noted; undefined when a connector was made by other means, or by a version that noted nothing. */
export function notedPublication(config: Readonly<Record<string, string>> | undefined): NotedPublication | undefined {
  const noted = config?.[publicationSetting];
  return noted === undefined ? undefined : JSON.parse(noted);
}

/**
 * Whether a table may have missed changes while the publication was another one, though it has everything now. One that sends
 * partitions by their root now, as partitioned tables need, was altered for that.
 */
export function wasNarrowed(noted: NotedPublication | undefined, now: PublicationState, table: string): boolean {
  if (noted === undefined) return false;
  const [then, link] = [noted.links[table], now.tables[table]?.link];
  const isAltered = noted.altered !== now.altered && noted.viaRoot === now.viaRoot;
  return isAltered || (then !== undefined && link !== undefined && then !== link);
}

/**
 * Why changes that a table has do not arrive, or not as they are, with the statement for the source; `copy` says how to take a
 * new copy.
 * @param isAccepted whether `--accept` overruled a check of `create`; `wasNarrowed` finds what was altered since.
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
