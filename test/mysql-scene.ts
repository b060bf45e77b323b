/** A MySQL or MariaDB target that is fed with events of replicated tables, for integration tests. */
import { mysqlEngine } from '../engines/mysql/engine.ts';
import { type MysqlReplicaOptions, MysqlReplicaRows } from '../engines/mysql/replica/replica-rows.ts';
import { databasesFor } from '../engines/mysql/schema-plan/databases.ts';
import { EngineSink } from '../engines/sink/sink.ts';
import { silent } from './batches.ts';
import { feedOf, type ReplicaFeed } from './engines/replica-scene.ts';
import { freshMysqlTarget, type MysqlTarget } from './mysql-target.ts';

/** A fed target. */
export type MysqlScene = ReplicaFeed &
  AsyncDisposable & {
    readonly target: MysqlTarget;
    /** What was logged as a warning. */
    readonly warnings: readonly object[];
    /** The rows of a query, each as a list of texts. */
    readonly rows: (sql: string) => Promise<readonly (readonly unknown[])[]>;
    /** Runs statements, separated by `;` at the end of a line. */
    readonly run: (sql: string) => Promise<void>;
    /** Offset and code of each dead letter, in the order of offsets. */
    readonly letters: () => Promise<readonly (readonly [offset: number, code: string])[]>;
    /** The reasons of the dead letters. */
    readonly reasons: () => Promise<readonly string[]>;
    /** Why partitions are held, and the statements that help. */
    readonly held: () => Promise<readonly (readonly unknown[])[]>;
  };

/** Partitions of the topic, and options of the replica. */
export type SceneOptions = Partial<Pick<MysqlReplicaOptions, 'useLoadData' | 'isNotNull' | 'afterResnapshot'>> & {
  readonly partitions?: number;
};

/** A new database with the tables of `ddl`, and a feed of a topic with this number of partitions. */
export async function mysqlScene(ddl: string, { partitions = 1, ...options }: SceneOptions = {}): Promise<MysqlScene> {
  const target = await freshMysqlTarget();
  const { database, session } = target;
  const warnings: object[] = [];
  const logger = { ...silent, warn: (fields: object) => void warnings.push(fields) };
  const run = async (sql: string) => {
    for (const statement of sql.split(/;\s*\n/)) if (statement.trim() !== '') await session.run(statement);
  };
  await run(ddl);
  const feed = feedOf(
    {
      openSink: () =>
        new EngineSink({
          engine: mysqlEngine(database, { logger: silent }),
          pipeline: 'p',
          rows: new MysqlReplicaRows({
            pipeline: 'p',
            afterResnapshot: 'keep',
            databaseOf: databasesFor(database.database),
            clusterId: 'c',
            logger,
            ...options,
          }),
        }),
      claim: async (partition) => (await target.claim(partition))[0],
      keepOnePartition: async () => {
        await session.run(`delete from ${session.own('checkpoint')} where \`partition\` > 0`);
      },
    },
    partitions,
  );
  return {
    target,
    warnings,
    ...feed,
    run,
    rows: (sql) => session.cells(sql),
    letters: async () =>
      (await session.cells(`select \`offset\`, code from ${session.own('dead_letter')} order by id`)).map(
        ([offset, code]) => [Number(offset), String(code)] as const,
      ),
    reasons: async () =>
      (await session.cells(`select reason from ${session.own('dead_letter')} order by id`)).map(([reason]) =>
        String(reason),
      ),
    held: () => session.cells(`select reason, statements from ${session.own('held_table')}`),
    [Symbol.asyncDispose]: async () => {
      await feed.close();
      await target[Symbol.asyncDispose]();
    },
  };
}
