/** Proves that the sink on MySQL loses and doubles nothing when its session is killed at any step, or when transactions collide. */
import { expect, test } from 'vitest';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { Replicated } from '../../pipeline/change.ts';
import { batch as plainBatch, raw, silent } from '../../test/batches.ts';
import { mysqlTable, tables } from '../../test/engines/mysql-table.ts';
import { describeMariadb } from '../../test/mariadb.ts';
import { freshMysqlTarget, type MysqlTarget } from '../../test/mysql-target.ts';
import { EngineSink, type SinkParts, type WriteStep } from '../sink/sink.ts';
import type { Session } from './connection/session.ts';
import { mysqlEngine } from './engine.ts';

/** A batch that creates rows with these ids. */
function creating(claim: Claim, from: number, ids: readonly number[]): Batch<Replicated> {
  const shape = { columns: ['id', 'name', 'note'], fields: null, unclearNulls: [] };
  const records = ids.map((id, index): Replicated => {
    const offset = String(from + index);
    const row = { shape, cells: [String(id), `n${id}`, null] };
    return {
      origin: raw('v', { offset }),
      event: {
        kind: 'row',
        operation: 'create',
        table: { schema: 'public', name: 't' },
        key: null,
        before: null,
        after: row,
        movedFrom: null,
        position: null,
        sourceTime: null,
        snapshot: 'false',
      } as unknown as Replicated['event'],
      position: { generation: 0, major: '1', minor: offset },
      reached: claim.reached,
    };
  });
  return plainBatch(claim, from, records);
}

async function targetWithTable(): Promise<MysqlTarget> {
  const target = await freshMysqlTarget();
  for (const table of tables) await target.session.run(table);
  return target;
}

const sinkOn = ({ database }: MysqlTarget, parts: Partial<SinkParts<Session>> = {}): EngineSink<Session, Replicated> =>
  new EngineSink({ engine: mysqlEngine(database, { logger: silent }), pipeline: 'p', rows: mysqlTable, parts });

const state = async ({ rows }: MysqlTarget) => ({
  ids: (await rows('select id from t order by id')).map(({ id }) => id),
  checkpoints: await rows(
    'select `partition`, next_offset as next, `read`, applied from checkpoint where next_offset > 0 order by 1',
  ),
});

describeMariadb('the sink on MariaDB', () => {
  test.each<WriteStep>(['before copy', 'after copy', 'before commit', 'after commit'])(
    'writes everything exactly once if its session is killed %s (promise 1)',
    async (killedAt) => {
      await using target = await targetWithTable();
      let isFirst = true;
      const sink = sinkOn(target, {
        atStep: async (step) => {
          if (step !== killedAt || !isFirst) return;
          isFirst = false;
          const lanes = await lanesOf(target);
          expect(lanes).toHaveLength(1);
          for (const { id } of lanes) await target.session.run(`kill connection ${id}`);
        },
      });
      const [claim] = await target.claim(0);
      if (!claim) throw new Error('nothing was claimed');
      const group = [creating(claim, 0, [1, 2, 3])];
      const first = await sink.write(0, group).catch((error: unknown) => error);
      if (killedAt !== 'after commit') expect(sink.diagnose(first)).toMatchObject({ reaction: 'retry' });
      const counts = { read: 3, applied: 3, superseded: 0, filtered: 0, parked: 0 };
      const written = killedAt === 'after commit' ? first : await sink.write(0, group);
      expect(written).toMatchObject({ committed: group, counts });
      const next = [creating(claim, 3, [4])];
      // The lane may not know yet that its session is gone: then the first attempt fails.
      const again = await sink.write(0, next).catch(() => sink.write(0, next));
      expect(again).toMatchObject({ committed: next, fenced: [] });
      expect(await state(target)).toEqual({
        ids: ['1', '2', '3', '4'],
        checkpoints: [{ partition: '0', next: '4', read: '4', applied: '4' }],
      });
      await sink.close();
    },
  );

  test('retries a group after a deadlock, and then each row and counter is there once', async () => {
    await using target = await targetWithTable();
    const [claim] = await target.claim(0);
    if (!claim) throw new Error('nothing was claimed');
    const { session } = target;
    await session.run('create table other (id int primary key, a int)');
    await session.run('insert into other values (1, 0)');
    let blocked: Promise<unknown> = Promise.resolve();
    let isFirst = true;
    const sink = sinkOn(target, {
      advance: async (lane, pipeline, progress) => {
        const claims = await mysqlEngine(target.database, { logger: silent }).checkpoints.advance(
          lane,
          pipeline,
          progress,
        );
        if (isFirst) {
          isFirst = false;
          await session.run('start transaction');
          // The session that has changed more rows is kept, so that the lane is the victim.
          const many = Array.from({ length: 50 }, (_, index) => `(${index + 2}, 0)`);
          await session.run(`insert into other values ${many.join(', ')}`);
          await session.run('update other set a = 1 where id = 1');
          blocked = session.run('update t set note = null where id = 1');
          await lane.run('update other set a = 2 where id = 1');
        }
        return claims;
      },
    });
    const group = [creating(claim, 0, [1, 2])];
    const first = await sink.write(0, group).catch((error: unknown) => error);
    expect(sink.diagnose(first)).toMatchObject({ code: '1213', reaction: 'retry' });
    await blocked;
    await session.run('rollback');
    expect(await sink.write(0, group)).toMatchObject({ committed: group, counts: { read: 2, applied: 2 } });
    expect(await state(target)).toEqual({
      ids: ['1', '2'],
      checkpoints: [{ partition: '0', next: '2', read: '2', applied: '2' }],
    });
    await sink.close();
  });
});

/** The sessions of the target but that of the test. */
const lanesOf = ({ rows }: MysqlTarget) =>
  rows('select id from information_schema.processlist where db = database() and id <> connection_id()');
