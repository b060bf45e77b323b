/** Proves on real servers that every value of every type arrives equal, or is refused with a reason. */
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rejection } from '../../../schemas/rejection.ts';
import { freshDatabase } from '../../../test/context.ts';
import { describeMariadb, freshMariadb, serverFlavor } from '../../../test/mariadb.ts';
import { equalTexts, typeCases, typeSetup } from '../../../test/postgres-values.ts';
import { describeTables } from '../../postgres/catalogue/describe.ts';
import { defaultPolicies, type Policies } from '../policies.ts';
import type { Encoded } from './cast.ts';
import { castToMysql } from './column-cast.ts';

describeMariadb('a cast to MariaDB', () => {
  let source: pg.Client;
  let target: mysql.Connection;
  const closers: (() => PromiseLike<void>)[] = [];
  beforeAll(async () => {
    const database = await freshDatabase('casts');
    closers.unshift(() => database[Symbol.asyncDispose]());
    source = new pg.Client({ connectionString: database.url });
    await source.connect();
    closers.unshift(() => source.end());
    await source.query(
      `set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set datestyle = 'ISO'; set lc_monetary = 'C'`,
    );
    await source.query(typeSetup);
    const mariadb = await freshMariadb('casts');
    closers.unshift(() => mariadb[Symbol.asyncDispose]());
    target = await mysql.createConnection({
      uri: mariadb.url.replace('mariadb:', 'mysql:'),
      typeCast: false,
      charset: 'utf8mb4_bin',
    });
    closers.unshift(() => target.end());
    await target.query(
      `set sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'`,
    );
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  const targetOf = (policies: Partial<Policies> = {}) => ({
    flavor: serverFlavor,
    policies: { ...defaultPolicies, ...policies },
    keyLimit: null,
    digits: null,
  });

  test.each(typeCases(serverFlavor))(
    'of $type keeps each value or refuses it',
    async ({ type, kept, parked, compare, read = 'cast(? as char)', source: from = '?' }) => {
      await source.query(`drop table if exists t; create table t (id int, v ${type})`);
      const values = [...kept, ...parked];
      await source.query(`insert into t values ${values.map((value, id) => `(${id}, ${value})`).join(', ')}`);
      const [table] = await describeTables(source);
      const column = table?.columns[1];
      if (column === undefined) throw new Error('no column');
      const cast = castToMysql(column.type, targetOf());
      const { rows } = await source.query<{ id: number; v: string | null; expected: string | null }>(
        `select id, case when v::text is not null then format('%s', v) end as v, (${from.replace('?', 'v')})::text as expected from t order by id`,
      );
      await target.query(`drop table if exists t`);
      await target.query(`create table t (id int, v ${cast.sqlType})`);
      for (const { id, v, expected } of rows) {
        const encoded: Encoded = v === null ? null : cast.encode(v);
        if (id >= kept.length) {
          expect(encoded, `${values[id]}`).toBeInstanceOf(Rejection);
          continue;
        }
        expect(encoded, `${values[id]}`).not.toBeInstanceOf(Rejection);
        await target.query(`insert into t values (?, ${cast.expression('?')})`, [id, encoded]);
        const [found] = await target.query<mysql.RowDataPacket[]>(
          `select ${read.replace('?', 'v')} as v from t where id = ?`,
          [id],
        );
        const text = found[0]?.v === null ? null : String(found[0]?.v);
        expect(
          equalTexts(compare, text, expected),
          `${values[id]}: ${text?.slice(0, 100)} for ${expected?.slice(0, 100)}`,
        ).toBe(true);
      }
    },
  );
});
