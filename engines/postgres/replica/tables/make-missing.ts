/** Creates a table that the target does not have: as the source defines it, otherwise as far as its events describe it. */
import type pg from 'pg';
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import { messageOf, PipelineError } from '../../../../pipeline/errors.ts';
import type { Logger } from '../../../../pipeline/ports.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import { copyTables, withRelatives } from '../../catalogue/copy.ts';
import { tableFromEvent } from '../../catalogue/from-events.ts';
import { makeTable } from '../../catalogue/make.ts';
import { readRelations, readTables } from '../../catalogue/read.ts';
import type { CatalogueTable } from '../../catalogue/table.ts';
import { readTypeNames } from '../../catalogue/type-names.ts';
import type { Database } from '../../connection/connection.ts';
import { reachDatabase } from '../../connection/reach.ts';
import { prefixOf, readPublished, topicIn } from './published.ts';

/** How missing tables are created. */
export type MakeOptions = {
  /** The source, whose catalogue defines them. Without it, only their events describe them. */
  readonly source?: Database | undefined;
  /** Whether a captured table is replicated under its own name. Such tables are created together. */
  readonly isWanted: (table: SourceTable) => boolean;
  /** Whether a topic is read; by default all are. Tables of other topics are not created. */
  readonly isFollowed?: (topic: string) => boolean;
  readonly logger: Logger;
};

/** An event, its table and the topic that it was read from. */
export type TableEvent = { readonly table: SourceTable; readonly topic: string; readonly event: RowEvent };

/** Creates the table. Creates nothing if the source, which should describe it, does not have it either. */
export async function makeMissing(client: pg.Client, options: MakeOptions, { table, topic, event }: TableEvent) {
  const { source, logger, isWanted } = options;
  if (source && isWanted(table)) return await copyFromSource(client, { ...options, source }, table, topic);
  const made = await makeTable(client, tableFromEvent(event, await readTypeNames(client)));
  if (made) logger.warn({ table: tableName(table) }, madeFromEvents);
}

type CopyOptions = MakeOptions & { readonly source: Database };

async function copyFromSource(
  client: pg.Client,
  options: CopyOptions,
  table: SourceTable,
  topic: string,
): Promise<void> {
  const described = await reachSource(client, options, table);
  try {
    if (!(await findRelation(described, table))) return;
    const made = await copyTables(described, client, await tablesToMake(described, options, table, topic));
    if (made.length > 0) options.logger.info({ tables: made }, 'created tables as the source defines them');
  } finally {
    await described.end();
  }
}

/** Milliseconds for the source to respond while other tables wait. */
const sourceLimitMs = 2_000;

/** Waits for the source only for the first table. A source that no longer exists, as after a cutover, must not stop the others. */
async function reachSource(client: pg.Client, { source, logger }: CopyOptions, table: SourceTable): Promise<pg.Client> {
  const say = (line: string) => logger.warn({}, line);
  if (!(await hasOtherTables(client, table))) return await reachDatabase(source, 'catalogue', say);
  try {
    return await reachDatabase(source, 'catalogue', say, sourceLimitMs);
  } catch (error) {
    throw new PipelineError(
      'source_away',
      `the target does not have it, and its source does not respond: ${messageOf(error)}`,
      {
        advice: 'It will be created as soon as the source responds (--source-db).',
        cause: error,
      },
    );
  }
}

/** All captured and wanted tables, so that their foreign keys find each other. */
async function tablesToMake(
  source: pg.Client,
  { isWanted, isFollowed = () => true }: CopyOptions,
  first: SourceTable,
  topic: string,
): Promise<readonly CatalogueTable[]> {
  const prefix = prefixOf(topic, first);
  const published = await readPublished(source);
  const isFirst = ({ schema, name }: SourceTable) => schema === first.schema && name === first.name;
  const wanted = published.filter(
    (table) => isWanted(table) && (prefix === undefined || isFollowed(topicIn(prefix, table))),
  );
  const all = await readTables(source);
  const captured = all.filter(
    (one) => isFirst(one) || wanted.some(({ schema, name }) => one.schema === schema && one.name === name),
  );
  return withRelatives(captured, all);
}

/** A table in the catalogue of a database; undefined if it has none of that name. */
export const findRelation = async (
  client: pg.Client,
  { schema, name }: SourceTable,
): Promise<CatalogueTable | undefined> => (await readRelations(client, [schema])).find((one) => one.name === name);

/** Whether other tables are replicated into already. */
export async function hasOtherTables(client: pg.Client, table: SourceTable): Promise<boolean> {
  const query = `select exists (select from sluice.target where order_by in ('lsn', 'offset') and table_name <> $1) as others`;
  return (await client.query<{ others: boolean }>(query, [tableName(table)])).rows[0]?.others === true;
}

const madeFromEvents =
  'created the table as its events describe it, with columns, types, NOT NULL, key and constant defaults; it lacks UNIQUE, ' +
  'CHECK and foreign keys, indexes, identity and other defaults: add them at the target, or create the table yourself before';
