/** Proves that the MySQL engine keeps the engine contract on MariaDB. */
import { silent } from '../../test/batches.ts';
import { engineContract } from '../../test/engines/contract.ts';
import { mysqlTable, tables } from '../../test/engines/mysql-table.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { freshMysqlTarget } from '../../test/mysql-target.ts';
import { mysqlEngine } from './engine.ts';

describeMariadb('MariaDB', () => {
  engineContract('MariaDB', async () => {
    const target = await freshMysqlTarget();
    for (const table of tables) await target.session.run(table);
    return {
      engine: mysqlEngine(target.database, { logger: silent }),
      rows: () => mysqlTable,
      read: async () =>
        (await target.rows('select id, name, note from t order by id')).map(({ id, name, note }) => [
          text(id),
          text(name),
          text(note),
        ]),
      checkpoints: async () => {
        const rows = await target.rows(
          `select \`partition\`, next_offset as next, \`read\`, applied, superseded, filtered, parked, held_offset is not null as held
           from checkpoint where next_offset > 0 order by \`partition\``,
        );
        return rows.map(({ held, ...numbers }) => ({
          ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
          held: held === '1',
        }));
      },
      deadLetters: async () =>
        (await target.rows('select `offset`, code from dead_letter order by `offset`')).map(
          ({ offset, code }) => [String(offset), String(code)] as const,
        ),
      [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
    };
  });
});

const text = (cell: unknown): string | null => (cell === null ? null : String(cell));
