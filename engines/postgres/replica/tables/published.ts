/** The tables that a source publishes, and their topics. The topic of an empty table does not exist yet. */
import type pg from 'pg';
import { parseTableName, type SourceTable } from '../../../../schemas/table-name.ts';
import { topicOf } from '../../capture/connector-config.ts';
import { isReplica } from '../../schema/replica-bookkeeping.ts';

/** All published tables. A partition counts as its root where the publication has publish_via_partition_root. */
export async function readPublished(source: pg.Client): Promise<readonly SourceTable[]> {
  const { rows } = await source.query<SourceTable>(
    'select distinct schemaname as schema, tablename as name from pg_publication_tables order by 1, 2',
  );
  return rows;
}

/** The topic prefix of the connector, before schema and table; undefined if the topic is not of this table. */
export function prefixOf(topic: string, table: SourceTable): string | undefined {
  const ending = topicIn('', table);
  return topic.endsWith(ending) ? topic.slice(0, -ending.length) : undefined;
}

/** The topic of a table, for a connector with this prefix. */
export const topicIn = (prefix: string, { schema, name }: SourceTable): string =>
  topicOf(prefix, { schema, table: name });

/** A topic that a pipeline has read, and the name of its table in `sluice.target`. */
export type ReadTopic = { readonly topic: string; readonly name: string };

/** The topics that a pipeline has read. */
export async function readTopics(target: pg.Client, pipeline: string): Promise<readonly ReadTopic[]> {
  const { rows } = await target.query<ReadTopic>(
    `select distinct t.topic, t.table_name as name from sluice.checkpoint p join sluice.target t on t.topic = p.topic
     where p.pipeline = $1 and ${isReplica('t')}`,
    [pipeline],
  );
  return rows;
}

/** The published tables whose topics a pipeline follows: those of the connectors it has read from. */
export async function followedTables(
  source: pg.Client,
  read: readonly ReadTopic[],
  isFollowed: (table: SourceTable, topic: string) => boolean,
): Promise<readonly SourceTable[]> {
  const prefixes = new Set(
    read.flatMap(({ topic, name }) => {
      const table = parseTableName(name);
      return (table && prefixOf(topic, table)) ?? [];
    }),
  );
  return (await readPublished(source)).filter((table) =>
    [...prefixes].some((prefix) => isFollowed(table, topicIn(prefix, table))),
  );
}
