/** Proves that the guard row of a deleted key expires only when no older event can arrive, and that one which still arrives is parked. */

import { expect, test } from 'vitest';
import type { Batch, Claim } from '../../../pipeline/batch.ts';
import type { Change } from '../../../pipeline/change.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { withDeletes } from '../../../schemas/table-shape.ts';
import { usersEnriched } from '../../../schemas/users-enriched.ts';
import { describePostgres } from '../../../test/context.ts';
import { batchOf, change, freshTarget, sinkOf } from '../../../test/target.ts';
import { oneTable } from '../apply/one-table.ts';
import { registerTarget } from '../apply/target.ts';
import { withConnection } from '../connection/connection.ts';
import { expireGuards } from './expire-guards.ts';

const hard = withDeletes(usersEnriched, 'hard');

type Event = readonly [id: number, at: number, operation: Change['operation']];

/** A table with hard deletes in which the users 1 to 4 were deleted at 10, 20, 30 and 40, offsets 0 to 3, two hours ago. */
async function scene(orderBy: OrderBy = 'sequence') {
  const target = await freshTarget();
  await registerTarget(target.client, hard, orderBy);
  const sink = sinkOf(target.database, oneTable(hard));
  const [claim] = (await target.claim(0)) as [Claim];
  let from = 0;
  const write = async (events: readonly Event[], more: Partial<Batch<Change>> = {}) => {
    const plainEvents = events.map(([id, at]) => ({ id, sequence: at }));
    const plain = batchOf(claim, from, plainEvents, more);
    const records = plain.records.map((record, i) => ({ ...record, operation: events[i]?.[2] ?? 'INSERT' }));
    from = Number(plain.to);
    return (await sink.write(0, [{ ...plain, records }])).counts;
  };
  const age = (hours: number) =>
    target.client.query(
      `update sluice.row_guard_users_enriched set sluice_deleted_at = sluice_deleted_at - $1 * interval '1 hour'`,
      [hours],
    );
  await write([1, 2, 3, 4].map((id) => [id, id * 10, 'DELETE'] as const));
  await age(2);
  return {
    target,
    write,
    age,
    guarded: async () =>
      (await target.rows('select id::int from sluice.row_guard_users_enriched order by 1')).map(({ id }) => id),
    horizon: async () => (await target.rows('select horizon_major::int as at from sluice.target'))[0]?.at,
    expire: (low: number, topic = 't') =>
      expireGuards(target.client, 'users_enriched', topic, [{ partition: 0, low: BigInt(low) }]),
    anotherHour: () => target.client.query('update sluice.target set expired_at = null'),
    [Symbol.asyncDispose]: async () => {
      await sink.close();
      await target[Symbol.asyncDispose]();
    },
  };
}

const deadLetter = (key: string | null) => ({
  record: { ...change({ id: 0, sequence: 0 }).origin, offset: '77', key: key === null ? null : Buffer.from(key) },
  stage: 'decode' as const,
  rejection: new Rejection('invalid_json', 'x'),
});

describePostgres('guard rows of deleted keys', () => {
  test('expire when the DELETE event has left the topic, and the highest expired position is kept as the horizon (rule 12)', async () => {
    await using it = await scene();
    await it.write([[5, 50, 'INSERT']]);
    expect(await it.expire(2)).toBe(2);
    expect(await it.guarded()).toEqual([3, 4, 5]);
    expect(await it.horizon()).toBe(20);
    await it.anotherHour();
    expect(await it.expire(100)).toBe(2);
    // The guard row of an existing row stays, even if its event has left the topic.
    expect(await it.guarded()).toEqual([5]);
    expect(await it.horizon()).toBe(40);
  });

  test('stay if their position is in the future: no new event would be above such a horizon (rule 12)', async () => {
    await using it = await scene();
    await it.write([
      [5, 50, 'INSERT'],
      [6, 1_000_000, 'DELETE'],
    ]);
    await it.age(2);
    expect(await it.expire(100)).toBe(4);
    expect(await it.guarded()).toEqual([5, 6]);
    expect(await it.horizon()).toBe(40);
    expect(await it.write([[7, 60, 'INSERT']])).toMatchObject({ applied: 1, parked: 0 });
  });

  test('stay while their event is in the topic, belongs to another topic or is recent, or while a dead letter has their key (rule 12)', async () => {
    await using it = await scene();
    expect(await it.expire(0)).toBe(0);
    await it.anotherHour();
    expect(await it.expire(9, 'another')).toBe(0);
    await it.anotherHour();
    await it.age(-2);
    expect(await it.expire(9)).toBe(0);
    await it.anotherHour();
    await it.age(2);
    await it.write([], { parked: [deadLetter('2')] });
    expect(await it.expire(9)).toBe(3);
    expect(await it.guarded()).toEqual([2]);
    expect(await it.horizon()).toBe(40);
  });

  test('all stay while there is a dead letter without a key, because it may belong to any of them', async () => {
    await using it = await scene();
    await it.write([], { parked: [deadLetter(null)] });
    expect(await it.expire(9)).toBe(0);
    await it.target.client.query('delete from sluice.dead_letter');
    await it.anotherHour();
    expect(await it.expire(9)).toBe(4);
  });

  test('are checked once an hour, by one of several processes', async () => {
    await using it = await scene();
    const expireInOwnSession = () =>
      withConnection(it.target.database, 'test', (client) =>
        expireGuards(client, 'users_enriched', 't', [{ partition: 0, low: 2n }]),
      );
    const counts = await Promise.all([expireInOwnSession(), expireInOwnSession(), expireInOwnSession()]);
    expect(counts.sort()).toEqual([0, 0, 2]);
    expect(await it.expire(9)).toBe(0);
  });

  test('that have expired cause events at or below the horizon to be parked if no position is stored for their key (rule 12)', async () => {
    await using it = await scene();
    await it.write([
      [6, 15, 'INSERT'],
      [9, 25, 'INSERT'],
    ]);
    expect(await it.expire(2)).toBe(2);
    await it.target.client.query(
      `insert into users_enriched (id, source_generation, source_major, source_minor) values (8, 0, 1, 0)`,
    );
    // Expired and too old, in two events; a key with guard row and row; with a guard row; with a row; expired but newer; new.
    expect(
      await it.write([
        [1, 7, 'INSERT'],
        [1, 20, 'UPDATE'],
        [6, 16, 'UPDATE'],
        [3, 18, 'INSERT'],
        [8, 19, 'UPDATE'],
        [2, 21, 'INSERT'],
        [7, 22, 'INSERT'],
      ]),
    ).toEqual({ read: 7, applied: 4, superseded: 1, filtered: 0, parked: 2 });
    const rows = 'select id::int, source_major::int as at from users_enriched order by 1';
    expect(await it.target.rows(rows)).toEqual([
      { id: 2, at: 21 },
      { id: 6, at: 16 },
      { id: 7, at: 22 },
      { id: 8, at: 19 },
      { id: 9, at: 25 },
    ]);
    const deadLetters = 'select code, stage, "offset"::int from sluice.dead_letter order by "offset"';
    expect(await it.target.rows(deadLetters)).toEqual([
      { code: 'older_than_horizon', stage: 'write', offset: 6 },
      { code: 'older_than_horizon', stage: 'write', offset: 7 },
    ]);
  });

  test('expire without a horizon if the order is by offset, because offsets of other partitions may be lower', async () => {
    await using it = await scene('offset');
    expect(await it.expire(9)).toBe(4);
    expect(await it.horizon()).toBeNull();
  });

  test('are not expired for a table with soft deletes', async () => {
    await using target = await freshTarget();
    await registerTarget(target.client, usersEnriched, 'sequence');
    expect(await expireGuards(target.client, 'users_enriched', 't', [{ partition: 0, low: 9n }])).toBe(0);
  });
});
