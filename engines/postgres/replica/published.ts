/** The tables that a source publishes, and the topics that they have or would have: an empty table has none yet. */
import type pg from 'pg';
import { parseTableName, type SourceTable } from '../../../schemas/table-name.ts';
import { topicOf } from '../capture/connector-config.ts';
import { quotedTable } from '../identifiers.ts';
import { isReplica } from '../schema/replica-bookkeeping.ts';

/** All of them, partitions by their roots where the publication says so. */
export async function readPublished(source: pg.Client): Promise<readonly SourceTable[]> {
  const { rows } = await source.query<SourceTable>(
    'select distinct schemaname as schema, tablename as name from pg_publication_tables order by 1, 2',
  );
  return rows;
}

/** What stands before schema and table in the topics of a connector. Undefined for a topic of another name. */
export function prefixOf(topic: string, table: SourceTable): string | undefined {
  const ending = topicIn('', table);
  return topic.endsWith(ending) ? topic.slice(0, -ending.length) : undefined;
}

/** The topic of a table of the connector with that prefix. */
export const topicIn = (prefix: string, { schema, name }: SourceTable): string =>
  topicOf(prefix, { schema, table: name });

const fed = `
  select distinct t.topic, t.table_name as name from sluice.checkpoint p join sluice.target t on t.topic = p.topic
  where p.pipeline = $1 and ${isReplica('t')}`;

/** The published tables whose topics a pipeline would read, and has read others of the same connector, as SQL names them. */
export async function followedTables(
  source: pg.Client,
  target: pg.Client,
  pipeline: string,
  isFollowed: (table: SourceTable, topic: string) => boolean,
): Promise<readonly string[]> {
  const { rows } = await target.query<{ topic: string; name: string }>(fed, [pipeline]);
  const prefixes = new Set(
    rows.flatMap(({ topic, name }) => {
      const table = parseTableName(name);
      return (table && prefixOf(topic, table)) ?? [];
    }),
  );
  return (await readPublished(source))
    .filter((table) => [...prefixes].some((prefix) => isFollowed(table, topicIn(prefix, table))))
    .map(quotedTable);
}
