/** Proves what a lane promises: a new session after each failure, all or nothing, and bounds for transaction and close. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget, type MysqlTarget } from '../../../test/mysql-target.ts';
import { diagnose } from '../errors.ts';
import { takeLock } from '../locks.ts';
import { type LaneOptions, LaneSession } from './lane-session.ts';
import { withSession } from './open-session.ts';

/** A lane on a table `v (id, a)` with two rows, whose sessions are counted. */
async function laneOn(target: MysqlTarget, options: LaneOptions = {}) {
  await target.session.run('create table v (id int primary key, a int)');
  await target.session.run('insert into v values (1, 0), (2, 0)');
  let opened = 0;
  const lane = new LaneSession(
    target.database,
    'p/lane 0',
    async (session) => {
      opened += 1;
      await session.run('create temporary table staged (id int)');
    },
    options,
  );
  const add = () => lane.transaction(async (session) => (await session.run('update v set a = a + 1')).rows);
  const values = async () => (await target.rows('select a from v order by id')).map(({ a }) => a);
  return { lane, add, values, opened: () => opened };
}

describeMariadb('a lane', () => {
  test('commits what it returned, rolls back undefined, and keeps its session and staging tables', async () => {
    await using target = await freshMysqlTarget();
    const { lane, add, values, opened } = await laneOn(target);
    expect(await add()).toBe(2);
    expect(
      await lane.transaction(async (session) => {
        await session.run('update v set a = 9');
        return undefined;
      }),
    ).toBeUndefined();
    expect(await values()).toEqual(['1', '1']);
    expect(await (await lane.session()).rows('select count(*) as n from staged')).toEqual([{ n: '0' }]);
    expect(opened()).toBe(1);
    await lane.close();
  });

  test('gives its session up after an error, so that nothing of the transaction stays', async () => {
    await using target = await freshMysqlTarget();
    const { lane, add, values, opened } = await laneOn(target);
    const failing = lane.transaction(async (session) => {
      await session.run('update v set a = 9');
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(await add()).toBe(2);
    expect(await values()).toEqual(['1', '1']);
    expect(opened()).toBe(2);
    await lane.close();
  });

  test('opens a new session if the server ended the idle one', async () => {
    await using target = await freshMysqlTarget();
    const { lane, add, values, opened } = await laneOn(target);
    const session = await lane.session();
    await target.session.run(`kill connection ${session.id}`);
    await session.closed();
    expect(await add()).toBe(2);
    expect(await values()).toEqual(['1', '1']);
    expect(opened()).toBe(2);
    await lane.close();
  });

  test('fails as a lost connection if its session is killed before COMMIT, and the retry succeeds', async () => {
    await using target = await freshMysqlTarget();
    const { lane, add, values } = await laneOn(target);
    const killed = lane.transaction(async (session) => {
      await session.run('update v set a = 9');
      await target.session.run(`kill connection ${session.id}`);
      await session.closed();
      return true;
    });
    await expect(killed).rejects.toSatisfy((error) => diagnose(error).reaction === 'retry');
    expect(await add()).toBe(2);
    expect(await values()).toEqual(['1', '1']);
    await lane.close();
  });

  test('fails after a deadlock even if the work ignores the error, and the retry succeeds', async () => {
    await using target = await freshMysqlTarget();
    const { lane, add, values, opened } = await laneOn(target);
    await withSession(target.database, 'other', async (other) => {
      await other.run('start transaction');
      await other.run('insert into v values (10, 1), (11, 1), (12, 1)');
      await other.run('update v set a = 1 where id = 1');
      let blocked: Promise<unknown> = Promise.resolve();
      const deadlocked = lane.transaction(async (session) => {
        await session.run('update v set a = 5 where id = 2');
        blocked = other.run('update v set a = 1 where id = 2');
        await session.run('update v set a = 5 where id = 1').catch(() => undefined);
        return true;
      });
      await expect(deadlocked).rejects.toSatisfy((error) => diagnose(error).code === '1213');
      await blocked;
      await other.run('rollback');
    });
    expect(await add()).toBe(2);
    expect(await values()).toEqual(['1', '1']);
    expect(opened()).toBe(2);
    await lane.close();
  });

  test('releases named locks at the end of each transaction, which do not belong to it', async () => {
    await using target = await freshMysqlTarget();
    const { lane } = await laneOn(target);
    for (const result of [true, undefined]) {
      await lane.transaction(async (session) => {
        await takeLock(session, 'sluice/lane-test', 100);
        return result;
      });
      await takeLock(target.session, 'sluice/lane-test', 2_000);
      await target.session.run('do release_all_locks()');
    }
    await lane.close();
  });

  test('ends a transaction that takes too long', async () => {
    await using target = await freshMysqlTarget();
    const { lane, opened } = await laneOn(target, { transactionTimeoutMs: 500 });
    const slow = lane.transaction(async (session) => {
      await session.run('update v set a = 9 where id = 1');
      await session.run('do sleep(3)');
      return true;
    });
    await expect(slow).rejects.toSatisfy((error) => diagnose(error).reaction === 'retry');
    // The server rolls back when its statement has ended.
    await target.session.run('update v set a = a + 1 where id = 1');
    expect(await target.rows('select a from v where id = 1')).toEqual([{ a: '1' }]);
    await lane.session();
    expect(opened()).toBe(2);
    await lane.close();
  });

  test('whose client is silent within a transaction loses its session at the server', async () => {
    await using target = await freshMysqlTarget({ timeouts: { idleInTransaction: 1000 } });
    const { lane, add, values } = await laneOn(target);
    const silent = lane.transaction(async (session) => {
      await session.run('update v set a = 9');
      await session.closed();
      return true;
    });
    await expect(silent).rejects.toSatisfy((error) => diagnose(error).reaction === 'retry');
    expect(await add()).toBe(2);
    expect(await values()).toEqual(['1', '1']);
    await lane.close();
  });

  test('waits with close for the transaction in flight, but at most five seconds', async () => {
    await using target = await freshMysqlTarget();
    const { lane, values } = await laneOn(target);
    await lane.session();
    const committed = lane.transaction(async (session) => {
      await session.run('update v set a = 1');
      await sleep(300);
      return true;
    });
    await lane.close();
    expect(await committed).toBe(true);
    expect(await values()).toEqual(['1', '1']);
    const stuck = new LaneSession(target.database, 'p/lane 1', async () => {});
    await stuck.session();
    const endless = stuck.transaction(async (session) => {
      await session.run('do sleep(60)');
      return true;
    });
    const refused = expect(endless).rejects.toSatisfy((error) => diagnose(error).reaction === 'retry');
    await sleep(200);
    const before = performance.now();
    await stuck.close();
    expect(performance.now() - before).toBeLessThan(9_000);
    await refused;
  });
});
