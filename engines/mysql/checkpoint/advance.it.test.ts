/** Proves that checkpoints advance only for their owner, with all their columns, and that their counters stay balanced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Claim } from '../../../pipeline/batch.ts';
import { describeMariadb } from '../../../test/mariadb.ts';
import { freshMysqlTarget } from '../../../test/mysql-target.ts';
import type { PartitionProgress } from '../../contract.ts';
import { withSession } from '../connection/open-session.ts';
import { advanceCheckpoints, isDurable } from './advance.ts';
import { noteHeld, notePostponed } from './notes.ts';

const counts = { read: 6, applied: 1, superseded: 3, filtered: 2, parked: 0 };

const progressOf = (claim: Claim, more: Partial<PartitionProgress> = {}): PartitionProgress => ({
  claim,
  from: 0n,
  to: 6n,
  counts,
  mark: null,
  reached: null,
  ...more,
});

/** The first of claims. */
function first(claims: readonly Claim[]): Claim {
  const [claim] = claims;
  if (!claim) throw new Error('nothing was claimed');
  return claim;
}

describeMariadb('a checkpoint', () => {
  test('advances with counts, mark and progress, and keeps or clears what is not named', async () => {
    await using target = await freshMysqlTarget();
    const claim = first(await target.claim(2));
    const read = () =>
      target.rows(
        `select next_offset as next, \`read\`, applied, superseded, filtered, parked, last_timestamp as at, last_hash as hash,
                generation, streamed, snapshot_lsn as snapshot, source_committed_at as committed, superseded_share as share,
                timestampdiff(second, committed_at, utc_timestamp()) between 0 and 5 as isRecent
         from checkpoint where \`partition\` = 2`,
      );
    const big = 9_223_372_036_854_775_000n;
    const mark = { timestamp: '1700000000123', hash: Buffer.from([0, 255]) };
    const reached = { generation: 2, streamed: true, snapshot: String(big), committed: '1700000000456' };
    expect(await advanceCheckpoints(target.session, 'p', [progressOf(claim, { to: big, mark, reached })])).toEqual([]);
    const written = {
      next: String(big),
      read: '6',
      applied: '1',
      superseded: '3',
      filtered: '2',
      parked: '0',
      at: '2023-11-14 22:13:20.123000',
      hash: Buffer.from([0, 255]),
      generation: '2',
      streamed: '1',
      snapshot: String(big),
      committed: '2023-11-14 22:13:20.456000',
      share: '0.002991',
      isRecent: '1',
    };
    expect(await read()).toEqual([written]);
    const next = { from: big, to: big + 1n, counts: { read: 0, applied: 0, superseded: 0, filtered: 0, parked: 0 } };
    await advanceCheckpoints(target.session, 'p', [progressOf(claim, next)]);
    expect(await read()).toEqual([{ ...written, next: String(big + 1n) }]);
    const unknown = { ...next, from: big + 1n, to: big + 2n, mark: 'unknown' as const };
    await advanceCheckpoints(target.session, 'p', [progressOf(claim, unknown)]);
    expect(await read()).toEqual([{ ...written, next: String(big + 2n), hash: null }]);
  });

  test.each(['-1', '253402300800000', '1700000000000000000'])(
    'with the record timestamp %s keeps the last valid one (rule 20)',
    async (timestamp) => {
      await using target = await freshMysqlTarget();
      const claim = first(await target.claim(0));
      const mark = { timestamp, hash: Buffer.from('h') };
      expect(await advanceCheckpoints(target.session, 'p', [progressOf(claim, { mark })])).toEqual([]);
      expect(
        await target.rows('select last_timestamp as at, last_hash as hash from checkpoint where `partition` = 0'),
      ).toEqual([{ at: null, hash: Buffer.from('h') }]);
    },
  );

  test('of a former owner, or at another offset, does not advance, and the answer names it (promise 2)', async () => {
    await using target = await freshMysqlTarget();
    const [former, mine, moved] = (await target.claim(0, 1, 2)) as [Claim, Claim, Claim];
    await target.claim(0);
    const progress = [progressOf(moved, { from: 1n }), progressOf(mine), progressOf(former)];
    expect(await advanceCheckpoints(target.session, 'p', progress)).toEqual([moved, former]);
    expect(await target.rows('select `partition` from checkpoint where next_offset > 0')).toEqual([]);
    expect(await advanceCheckpoints(target.session, 'other', [progressOf(mine)])).toEqual([mine]);
  });

  test('is durable only at the end of its progress and with its epoch', async () => {
    await using target = await freshMysqlTarget();
    const claim = first(await target.claim(0));
    const progress = progressOf(claim);
    expect(await isDurable(target.session, 'p', progress)).toBe(false);
    await advanceCheckpoints(target.session, 'p', [progress]);
    expect(await isDurable(target.session, 'p', progress)).toBe(true);
    await target.claim(0);
    expect(await isDurable(target.session, 'p', progress)).toBe(false);
  });

  test('refuses counters that do not balance', async () => {
    await using target = await freshMysqlTarget();
    const claim = first(await target.claim(0));
    const unbalanced = progressOf(claim, { counts: { ...counts, applied: 2 } });
    await expect(advanceCheckpoints(target.session, 'p', [unbalanced])).rejects.toMatchObject({
      errno: target.session.flavor === 'mariadb' ? 4025 : 3819,
    });
  });

  test('waits for no checkpoint of another partition', async () => {
    await using target = await freshMysqlTarget();
    const [zero, one, two, three] = (await target.claim(0, 1, 2, 3)) as [Claim, Claim, Claim, Claim];
    const hasty = { ...target.database, timeouts: { lock: 1000 } };
    await withSession(hasty, 'p/lane 0', async (lane) => {
      await target.session.run('start transaction');
      await advanceCheckpoints(target.session, 'p', [progressOf(three), progressOf(one)]);
      await lane.run('start transaction');
      expect(await advanceCheckpoints(lane, 'p', [progressOf(two), progressOf(zero)])).toEqual([]);
      await lane.run('commit');
      await target.session.run('commit');
    });
    expect(await target.rows('select count(*) as n from checkpoint where next_offset = 6')).toEqual([{ n: '4' }]);
  });

  test('is locked in the order of partitions, so that transactions that name them otherwise do not deadlock (rule 14)', async () => {
    await using target = await freshMysqlTarget();
    const [zero, one] = (await target.claim(0, 1)) as [Claim, Claim];
    const { session, database } = target;
    await session.run('start transaction');
    await session.run(`select 1 from checkpoint where pipeline = 'p' and topic = 't' and \`partition\` = 0 for update`);
    const advanceIn = (name: string, claims: readonly Claim[]) =>
      withSession(database, name, async (lane) => {
        await lane.run('start transaction');
        const lost = await advanceCheckpoints(
          lane,
          'p',
          claims.map((claim) => progressOf(claim)),
        );
        await lane.run('commit');
        return lost;
      });
    const first = advanceIn('p/lane 0', [zero, one]);
    await sleep(300);
    const second = advanceIn('p/lane 1', [one, zero]);
    await sleep(300);
    await session.run('commit');
    expect(await first).toEqual([]);
    expect(await second).toEqual([one, zero]);
  });
});

describeMariadb('a note', () => {
  test('that a partition is held keeps the time since when, until its checkpoint moves', async () => {
    await using target = await freshMysqlTarget();
    const claim = first(await target.claim(0));
    const misfit = { table: 'd.t', reason: 'it lacks a column', statements: ['ALTER'], note: 'n' };
    const held = () =>
      target.rows('select held_since as since, held_tried_at as tried from checkpoint where `partition` = 0');
    await noteHeld(target.session, 'p', new Map([[claim, misfit]]));
    const [before] = await held();
    await noteHeld(target.session, 'p', new Map([[claim, misfit]]));
    const [again] = await held();
    expect(again?.since).toBe(before?.since);
    expect(String(again?.tried) > String(before?.tried)).toBe(true);
    expect(
      await target.rows('select pipeline, topic, `partition`, table_name, reason, statements from held_table'),
    ).toEqual([
      {
        pipeline: 'p',
        topic: 't',
        partition: '0',
        table_name: 'd.t',
        reason: 'it lacks a column',
        statements: 'Run at the target: ALTER\n  n',
      },
    ]);
    await advanceCheckpoints(target.session, 'p', [progressOf(claim)]);
    expect(await target.rows('select * from held_table')).toEqual([]);
    await noteHeld(target.session, 'p', new Map([[claim, misfit]]));
    expect(String((await held())[0]?.since) > String(again?.since)).toBe(true);
  });

  test('of a former owner changes nothing', async () => {
    await using target = await freshMysqlTarget();
    const former = first(await target.claim(0));
    const claim = first(await target.claim(0));
    const position = { generation: 1, major: '9223372036854775807', minor: '3' };
    const postponed = () =>
      target.rows(
        'select postponed_at is null as isNull, postponed_generation as g, postponed_major as a, postponed_minor as b from checkpoint where `partition` = 0',
      );
    await notePostponed(target.session, 'p', new Map([[former, position]]));
    expect(await postponed()).toEqual([{ isNull: '1', g: null, a: null, b: null }]);
    await notePostponed(target.session, 'p', new Map([[claim, position]]));
    expect(await postponed()).toEqual([{ isNull: '0', g: '1', a: '9223372036854775807', b: '3' }]);
  });
});
