import { expect, test } from 'vitest';
import { usersEnriched } from '../../../schemas/users-enriched.ts';
import { describePostgres } from '../../../test/context.ts';
import { freshTarget } from '../../../test/target.ts';
import { tablesOnlyOf } from './replica-bookkeeping.ts';

describePostgres('the tables of a replica', () => {
  test('do not include the enriched users, whatever their order and names are', async () => {
    await using target = await freshTarget();
    await target.client.query(
      `insert into sluice.target (table_name, order_by) values ($1, 'lsn'), ('public.users_enriched', 'lsn'), ('"a.b".c', 'offset')`,
      [usersEnriched.name],
    );
    expect(await tablesOnlyOf(target.client, 'p')).toEqual(['"a.b".c', 'public.users_enriched']);
  });
});
