/** Proves on real servers that a comparison names every planted difference, and finds none between equal tables. */
import { expect, test } from 'vitest';
import { comparedTable } from '../../engines/mysql/checksum/compared-table.ts';
import { postgresLoadSource } from '../../engines/postgres/load/load-source.ts';
import { databaseOf } from '../../test/database-of.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { type SchemaPair, withSchemaPair } from '../../test/schema-pair.ts';
import { applyPhase } from '../schema/apply.ts';
import { type Compared, compareTable } from './compare.ts';

const ddl = `
  create table t (id int primary key, v text, n numeric(9,2), d double precision, bits bit(3), at timestamptz, raw bytea);
  insert into t select id, case when id % 3 = 0 then '' else 'v' || id end, id / 7.0, id / 7.0, b'101',
    '2024-02-29 12:00:00.000001+00'::timestamptz + id * interval '1 us', decode('00ff', 'hex') from generate_series(1, 500) id`;

/** Statements that give the target the same rows, made by the source in the target's SQL. */
const copyOf = `select format('insert into t values (%s, %L, %s, %s, b%L, %L, unhex(%L))', id, v, n, d, bits::text,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), encode(raw, 'hex')) as sql from t`;

async function compared({ source, target, database }: SchemaPair): Promise<Compared> {
  const { rows } = await source.query<{ name: string }>('select current_database() as name');
  const { host, port, user, password } = source;
  const url = `postgresql://${user}:${encodeURIComponent(String(password))}@${host}:${port}/${rows[0]?.name}`;
  const reader = await postgresLoadSource(databaseOf(url)).open('compare test');
  try {
    const [table] = (await reader.tables()).filter(({ name }) => name === 't');
    if (table === undefined) throw new Error('the source has no table t');
    const there = await comparedTable(target, table, database, { all: {}, columns: {} });
    if (there === undefined) throw new Error('the target has no table t');
    return await compareTable(reader, table, there);
  } finally {
    await reader.close();
  }
}

describeMariadb('a comparison', () => {
  test('finds no difference between equal tables, and names each one that is planted', async () => {
    await withSchemaPair(ddl, async (pair) => {
      const { source, target } = pair;
      await applyPhase(target, await pair.plan(), 'tables');
      const { rows } = await source.query<{ sql: string }>(copyOf);
      for (const { sql } of rows) await target.run(sql);
      expect(await compared(pair)).toMatchObject({ sourceRows: 500, targetRows: 500, differences: 0 });
      const planted = [
        "update t set v = 'v1 ' where id = 1",
        "update t set v = 'V2' where id = 2",
        'update t set v = null where id = 3',
        'update t set n = n + 0.01 where id = 4',
        'update t set d = d * (1 + 2.3e-16) where id = 5',
        "update t set bits = b'100' where id = 6",
        'update t set at = at + interval 1 microsecond where id = 7',
        "update t set raw = unhex('00') where id = 8",
        'delete from t where id = 9',
        "insert into t (id, v) values (501, 'surplus')",
      ];
      for (const sql of planted) await target.run(sql);
      const found = await compared(pair);
      expect(found).toMatchObject({ targetRows: 500, differences: planted.length });
      expect([...found.examples].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 501].map((id) => `["${id}"]`).sort());
    });
  });
});
