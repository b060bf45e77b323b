/** Proves that the MySQL engine and its replicated rows keep the engine contract. */
import { silent } from '../../../test/batches.ts';
import { engineContract } from '../../../test/engines/contract.ts';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget } from '../../../test/mysql-target.ts';
import { mysqlEngine } from '../engine.ts';
import { databasesFor } from '../schema-plan/databases.ts';
import { MysqlReplicaRows } from './replica-rows.ts';

describeMariadb('MariaDB', () => {
  engineContract('MariaDB', async () => {
    const target = await freshMysqlTarget();
    const { database, session } = target;
    await session.run('create table t (id int primary key, name varchar(10) unique, note text)');
    return {
      engine: mysqlEngine(database, { logger: silent }),
      rows: () =>
        new MysqlReplicaRows({
          pipeline: 'p',
          afterResnapshot: 'keep',
          databaseOf: databasesFor(database.database),
          clusterId: 'c',
          logger: silent,
        }),
      read: async () => (await session.cells('select id, name, note from t order by id')) as (string | null)[][],
      checkpoints: async () =>
        (
          await session.rows<{ [column: string]: string }>(
            `select \`partition\`, next_offset as next, \`read\`, applied, superseded, filtered, parked, held_offset is not null as held
             from ${session.own('checkpoint')} where next_offset > 0 order by \`partition\``,
          )
        ).map(({ held, ...counts }) => ({
          ...Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Number(value)])),
          held: held === '1',
        })),
      deadLetters: async () =>
        (await session.cells(`select \`offset\`, code from ${session.own('dead_letter')} order by \`offset\``)) as [
          string,
          string,
        ][],
      [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
    };
  });
});
