/** Sets the counters of a MySQL or MariaDB replica that has caught up, so that applications can write to it. */
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { withSession } from '../../engines/mysql/connection/open-session.ts';
import type { Session } from '../../engines/mysql/connection/session.ts';
import { type ColumnCounter, sequencesBehindRows, setCounters } from '../../engines/mysql/replica/sequences.ts';
import { databasesFor } from '../../engines/mysql/schema-plan/databases.ts';
import { describeTables } from '../../engines/postgres/catalogue/describe.ts';
import { describeSequences } from '../../engines/postgres/catalogue/sequences.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { followedTables, type ReadTopic } from '../../engines/postgres/replica/tables/published.ts';
import { parseTableName, type SourceTable, tableName } from '../../schemas/table-name.ts';
import { noticesTo } from '../events.ts';
import type { EndingOptions } from './replica.ts';
import { logSequences } from './settle-sequences.ts';
import { statementLimitMs } from './settle-unseen.ts';

/**
 * Sets the counters to the values of the source. Without a source it emits statements that set them from the rows.
 *
 * @param isFollowed whether a table of the source is replicated by this topic into a table of the same name.
 */
export async function settleMysqlSequences(
  database: MysqlDatabase,
  { pipeline, source, carried, events }: EndingOptions,
  isFollowed: (table: SourceTable, topic: string) => boolean,
): Promise<void> {
  const logger = noticesTo(events);
  const databaseOf = databasesFor(database.database, carried.schemas);
  const inTarget = ({ schema, name }: SourceTable): SourceTable => ({ schema: databaseOf(schema), name });
  const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
  await withSession({ ...database, timeouts }, `${pipeline}/sequences`, async (session) => {
    const read = await readTopics(session, pipeline);
    const written = read.flatMap(({ name }) => parseTableName(name) ?? []);
    if (source === undefined) {
      const statements = await sequencesBehindRows(session, written.map(inTarget));
      if (statements.length > 0) events.emit({ type: 'sequencesUnset', statements });
      return;
    }
    const described = await reachDatabase(source, `${pipeline}/sequences`, (line) => logger.warn({}, line));
    try {
      // An empty table has no topic, but its sequence may have been used.
      const followed = await followedTables(described, read, isFollowed);
      const names = new Set([...written, ...followed].map(tableName));
      const tables = (await describeTables(described)).filter((table) => names.has(tableName(table)));
      const columns = tables.flatMap((table) =>
        table.columns.flatMap(({ name: column, default: value }): readonly ColumnCounter[] =>
          value?.kind === 'counter' ? [{ table: inTarget(table), column, counter: value.counter }] : [],
        ),
      );
      const sequences = (await describeSequences(described)).flatMap((counter) => {
        const [schema, name] = counter.name ?? [];
        return schema === undefined || name === undefined ? [] : [{ sequence: inTarget({ schema, name }), counter }];
      });
      logSequences(await setCounters(session, columns, sequences), logger);
    } finally {
      await described.end();
    }
  });
}

/** The topics that a pipeline has read. */
const readTopics = (session: Session, pipeline: string): Promise<readonly ReadTopic[]> =>
  session.rows<ReadTopic>(
    `select distinct t.topic, t.table_name as name from ${session.own('checkpoint')} c join ${session.own('target')} t on t.topic = c.topic
     where c.pipeline = ?`,
    [pipeline],
  );
