/** Proves that order, kind of deletes and source of a table cannot change, and that each table has its own guard table. */
import { expect, test } from 'vitest';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { withDeletes } from '../../../schemas/table-shape.ts';
import { usersEnriched } from '../../../schemas/users-enriched.ts';
import { describePostgres } from '../../../test/context.ts';
import { freshTarget } from '../../../test/target.ts';
import { withConnection } from '../connection/connection.ts';
import { createGuardTable, guardName } from '../guards/guard-table.ts';
import { type FeedSource, registerSource, registerTarget } from './target.ts';

const { name } = usersEnriched;
const hard = withDeletes(usersEnriched, 'hard');
const topic = (topicName: string, clusterId: string | null = 'c'): FeedSource => ({
  kind: 'topic',
  topic: topicName,
  clusterId,
});
const file = (path: string): FeedSource => ({ kind: 'file', topic: `file:${path}` });

describePostgres('a table', () => {
  test.each([
    ['soft', 'hard'],
    ['hard', 'soft'],
  ] as const)(
    'started with --deletes %s is refused with --deletes %s, and the advice names the first (rule 9)',
    async (first, then) => {
      await using target = await freshTarget();
      const register = (deletes: 'soft' | 'hard') =>
        registerTarget(target.client, withDeletes(usersEnriched, deletes), 'sequence');
      await register(first);
      await register(first);
      await expect(register(then)).rejects.toMatchObject({
        code: 'deletes_mismatch',
        reaction: 'stop',
        advice: expect.stringContaining(`--deletes ${first}`),
      });
    },
  );

  test('that an earlier version registered has soft deletes', async () => {
    await using target = await freshTarget();
    await target.client.query(`insert into sluice.target (table_name, order_by) values ('users_enriched', 'sequence')`);
    await registerTarget(target.client, usersEnriched, 'sequence');
    await expect(registerTarget(target.client, hard, 'sequence')).rejects.toMatchObject({ code: 'deletes_mismatch' });
  });

  test('gets one guard table if eight processes start at once', async () => {
    await using target = await freshTarget();
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withConnection(target.database, 'test', (client) => registerTarget(client, hard, 'sequence')),
      ),
    );
    const found = `select tablename from pg_tables where tablename like 'row_guard%'`;
    expect(await target.rows(found)).toEqual([{ tablename: 'row_guard_users_enriched' }]);
  });

  test('that is bound to a topic refuses other topics, and the same topic of another cluster, until it is released (rule 9)', async () => {
    await using target = await freshTarget();
    const { client } = target;
    await registerTarget(client, usersEnriched, 'sequence');
    await registerSource(client, name, topic('a'));
    await registerSource(client, name, topic('a'));
    await registerSource(client, name, topic('a', null));
    for (const other of [topic('b'), topic('a', 'd')]) {
      await expect(registerSource(client, name, other)).rejects.toMatchObject({
        code: 'source_mismatch',
        reaction: 'stop',
      });
    }
    const advice = await registerSource(client, name, topic('b')).catch((error) => error.advice);
    await client.query(/UPDATE sluice[^"]*/.exec(advice)?.[0] ?? '');
    await registerSource(client, name, topic('b'));
    await expect(registerSource(client, name, topic('a'))).rejects.toMatchObject({ code: 'source_mismatch' });
  });

  test.each([
    ['sequence', true],
    ['timestamp', true],
    ['offset', false],
  ] as const)(
    'ordered by %s accepts files in addition to its topic: %s (rule 9)',
    async (orderBy: OrderBy, accepted) => {
      await using target = await freshTarget();
      const { client } = target;
      await registerTarget(client, usersEnriched, orderBy);
      const outcomes: unknown[] = [];
      for (const source of [
        file('/x'),
        file('/y'),
        topic('a'),
        file('/x'),
        { kind: 'file', topic: 'stdin:1' } as const,
      ]) {
        outcomes.push(
          await registerSource(client, name, source).then(
            () => 'accepted',
            ({ code }) => code,
          ),
        );
      }
      const others = accepted ? 'accepted' : 'source_mismatch';
      expect(outcomes).toEqual(['accepted', others, others, 'accepted', others]);
    },
  );

  test('with any name has its own guard table', async () => {
    await using target = await freshTarget();
    const long = 'x'.repeat(60);
    const names = ['Users', 'users', 'odd "name"', 'größe', 'ö'.repeat(31), `${long}1`, `${long}2`];
    for (const table of names) {
      const shape = { ...hard, name: table };
      await registerTarget(target.client, shape, 'sequence');
      // The second call finds the guard table.
      await registerTarget(target.client, shape, 'sequence');
    }
    const found = await target.rows(`select tablename from pg_tables where tablename like 'row_guard%'`);
    expect(found.map(({ tablename }) => tablename).sort()).toEqual(names.map(guardName).sort());
    expect(createGuardTable(hard)).toContain('sluice."row_guard_users_enriched"');
  });
});
