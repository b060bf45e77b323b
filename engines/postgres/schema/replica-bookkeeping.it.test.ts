import { expect, test } from 'vitest';
import { usersEnriched } from '../../../schemas/users-enriched.ts';
import { describePostgres } from '../../../test/context.ts';
import { freshTarget } from '../../../test/target.ts';
import { dropUnusedSchema, tablesOnlyOf } from './replica-bookkeeping.ts';

describePostgres('the tables of a replica', () => {
  test('do not include the enriched users, whatever their order and names are', async () => {
    await using target = await freshTarget();
    await target.client.query(
      `insert into sluice.target (table_name, order_by) values ($1, 'lsn'), ('public.users_enriched', 'lsn'), ('"a.b".c', 'offset')`,
      [usersEnriched.name],
    );
    expect(await tablesOnlyOf(target.client, 'p')).toEqual(['"a.b".c', 'public.users_enriched']);
  });

  test('are removed with every table of the migrations, unless a load has a ledger in them', async () => {
    await using target = await freshTarget();
    const { client } = target;
    await client.query('drop table users_enriched cascade');
    await client.query(
      `insert into sluice.load_chunk (source, table_schema, table_name, number, row_count, refused) values ('s', 'public', 't', 1, 1, 0)`,
    );
    expect(await dropUnusedSchema(client)).toBe(
      'it has the ledger of a load: 1 parts in load_chunk, 0 refused rows in load_refusal',
    );
    await client.query('delete from sluice.load_chunk');
    expect(await dropUnusedSchema(client)).toBeUndefined();
    const { rows } = await client.query(`select to_regnamespace('sluice') as schema`);
    expect(rows).toEqual([{ schema: null }]);
  });
});
