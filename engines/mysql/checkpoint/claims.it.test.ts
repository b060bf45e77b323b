/** Proves the start offsets of claims, also if many members claim at once, and that stuck former owners do not stop them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { initialProgress } from '../../../pipeline/batch.ts';
import type { Logger, Reposition } from '../../../pipeline/ports.ts';
import { silent } from '../../../test/batches.ts';
import { describeMariadb } from '../../../test/mariadb.ts';
import { claimRequest, freshMysqlTarget, type MysqlTarget, mysqlClaims } from '../../../test/mysql-target.ts';
import { until } from '../../../test/sluice.ts';
import { openSession, withSession } from '../connection/open-session.ts';
import type { Session } from '../connection/session.ts';
import { mysqlEngine } from '../engine.ts';
import { diagnose } from '../errors.ts';
import { takeLock } from '../locks.ts';
import { claimLock } from './claim.ts';

const starts = (offsets: readonly bigint[], mine: readonly number[]) =>
  claimRequest(mine, {
    partitionCount: offsets.length,
    partitions: offsets.map((first, partition) => ({ partition, first, later: 0n })),
  });

describeMariadb('a claim', () => {
  test('of a new pipeline sets the requested start of every partition of the topic (rule 6)', async () => {
    await using target = await freshMysqlTarget();
    const claims = mysqlClaims(target.database);
    expect(await claims.claim(starts([10n, 20n, 30n], [1]))).toEqual([
      { partition: 1, epoch: 1n, nextOffset: 20n, lastHash: null, reached: initialProgress },
    ]);
    // Partitions 0 and 2 have no owner yet, but their start is already decided.
    expect(await claims.claim(starts([99n, 99n, 99n], [2, 0]))).toMatchObject([
      { partition: 0, epoch: 1n, nextOffset: 10n },
      { partition: 2, epoch: 1n, nextOffset: 30n },
    ]);
    // A partition that was added later starts at its first record.
    expect(await claims.claim(starts([99n, 99n, 99n, 99n], [3]))).toMatchObject([{ partition: 3, nextOffset: 0n }]);
  });

  test('raises the epoch of its own pipeline and topic only', async () => {
    await using target = await freshMysqlTarget();
    for (const epoch of [1n, 2n, 3n])
      expect(await mysqlClaims(target.database).claim(claimRequest([0]))).toMatchObject([{ epoch }]);
    expect(await mysqlClaims(target.database, 'P').claim(claimRequest([0]))).toMatchObject([{ epoch: 1n }]);
    expect(await mysqlClaims(target.database, 'p ').claim(claimRequest([0]))).toMatchObject([{ epoch: 1n }]);
    const other = claimRequest([0], { topic: 'u' });
    expect(await mysqlClaims(target.database).claim(other)).toMatchObject([{ epoch: 1n }]);
  });

  test('of eight members at once agrees on one start and loses no epoch', async () => {
    await using target = await freshMysqlTarget();
    const claims = mysqlClaims(target.database);
    const members = Array.from({ length: 8 }, (_, member) => member);
    const answers = await Promise.all(
      members.map((member) =>
        claims.claim(
          starts(
            [100n, 200n, 300n].map((end) => end + BigInt(member)),
            [0, 1, 2],
          ),
        ),
      ),
    );
    const chosen = answers.map((claimed) => claimed.map(({ nextOffset }) => nextOffset % 100n).join());
    expect(new Set(chosen).size).toBe(1);
    expect(new Set(chosen[0]?.split(',')).size).toBe(1);
    for (const partition of [0, 1, 2]) {
      const epochs = answers.map((claimed) => Number(claimed[partition]?.epoch));
      expect(epochs.sort((a, b) => a - b)).toEqual(members.map((member) => member + 1));
    }
  });

  test('against another Kafka cluster is refused and changes nothing (rule 16)', async () => {
    await using target = await freshMysqlTarget();
    const claims = mysqlClaims(target.database);
    await claims.claim(claimRequest([0]));
    const before = await target.rows('select * from checkpoint');
    const refused = claims.claim(claimRequest([0], { clusterId: 'another' }));
    await expect(refused).rejects.toSatisfy((error) => diagnose(error).code === 'lost_position');
    expect(await target.rows('select * from checkpoint')).toEqual(before);
  });

  test('for another database of the same server is refused, because its rows would start in the middle', async () => {
    await using target = await freshMysqlTarget();
    await mysqlClaims(target.database).claim(claimRequest([0]));
    const other = { ...target.database, database: 'mysql' };
    await expect(mysqlClaims(other).claim(claimRequest([0]))).rejects.toMatchObject({ code: 'target_mismatch' });
    expect(await mysqlClaims(target.database).claim(claimRequest([0]))).toMatchObject([{ epoch: 2n }]);
  });

  test('does not wait for locks of other partitions and pipelines', async () => {
    await using target = await freshMysqlTarget();
    await target.claim(0, 1, 2);
    await mysqlClaims(target.database, 'o').claim(claimRequest([0, 1]));
    await target.session.run('start transaction');
    await target.session.run(`select 1 from checkpoint where pipeline = 'o' or \`partition\` = 1 for update`);
    const hasty = { ...target.database, timeouts: { lock: 1000 } };
    expect(await mysqlClaims(hasty).claim(claimRequest([0, 2]))).toMatchObject([{ epoch: 2n }, { epoch: 2n }]);
    await target.session.run('rollback');
  });
});

const move: Reposition = { to: 20n, why: 'gone', gone: 17n, restarted: false };

describeMariadb('a claim of a lost position', () => {
  /** Three records of partition 0 are durable. */
  async function started(target: MysqlTarget) {
    const [claim] = await target.claim(0);
    if (!claim) throw new Error('no claim');
    const { checkpoints } = mysqlEngine(target.database, { logger: silent });
    const counts = { read: 3, applied: 3, superseded: 0, filtered: 0, parked: 0 };
    const mark = { timestamp: '1', hash: Buffer.from('hash') };
    const reached = { generation: 1, streamed: true, snapshot: '77', committed: '1700000000123' };
    expect(
      await checkpoints.advance(target.session, 'p', [{ claim, from: 0n, to: 3n, counts, mark, reached }]),
    ).toEqual([]);
    return claim;
  }

  test('moves the checkpoint with a new epoch, keeps the counters, and forgets the last record (rule 16)', async () => {
    await using target = await freshMysqlTarget();
    await started(target);
    const reached = { generation: 1, streamed: true, snapshot: '77' };
    expect(await mysqlClaims(target.database).claim(claimRequest([0]))).toEqual([
      {
        partition: 0,
        epoch: 2n,
        nextOffset: 3n,
        lastHash: Buffer.from('hash'),
        reached: { ...reached, committed: '1700000000123' },
      },
    ]);
    const lines: object[] = [];
    const logger: Logger = { ...silent, warn: (fields) => void lines.push(fields) };
    const lost = claimRequest([0], { clusterId: 'another', reposition: async () => move });
    expect(await mysqlClaims(target.database, 'p', logger).claim(lost)).toEqual([
      { partition: 0, epoch: 3n, nextOffset: 20n, lastHash: null, reached: { ...reached, committed: null } },
    ]);
    expect(await target.rows('select `read`, cluster_id as cluster from checkpoint where `partition` = 0')).toEqual([
      { read: '3', cluster: 'another' },
    ]);
    expect(lines).toMatchObject([{ topic: 't', partition: 0, nextOffset: '3', movedTo: '20', gone: '17' }]);
  });

  test('with restarted offsets renames the topic of older dead letters (rule 16)', async () => {
    await using target = await freshMysqlTarget();
    await started(target);
    await target.session.run(
      `insert into dead_letter (pipeline, topic, \`partition\`, \`offset\`, stage, code, reason)
       values ('p', 't', 0, 1, 's', 'c', 'r'), ('p', 't', 1, 1, 's', 'c', 'r'), ('q', 't', 0, 1, 's', 'c', 'r')`,
    );
    const restarted = claimRequest([0], { reposition: async () => ({ ...move, to: 0n, restarted: true }) });
    await mysqlClaims(target.database).claim(restarted);
    expect(await target.rows('select pipeline, topic, `partition` from dead_letter order by id')).toEqual([
      { pipeline: 'p', topic: 't (before epoch 2)', partition: '0' },
      { pipeline: 'p', topic: 't', partition: '1' },
      { pipeline: 'q', topic: 't', partition: '0' },
    ]);
  });

  test('that fails while its checkpoint is locked changes nothing', async () => {
    await using target = await freshMysqlTarget();
    await started(target);
    const before = await target.rows('select * from checkpoint');
    const failing = claimRequest([0, 1], {
      reposition: async ({ partition }) => {
        if (partition === 1) throw new Error('Kafka does not answer');
        return move;
      },
    });
    await expect(mysqlClaims(target.database).claim(failing)).rejects.toThrow('Kafka does not answer');
    expect(await target.rows('select * from checkpoint')).toEqual(before);
  });
});

/** A logger that collects warnings. */
function warnings(): { readonly logger: Logger; readonly lines: { fields: object; message: string }[] } {
  const lines: { fields: object; message: string }[] = [];
  return { lines, logger: { ...silent, warn: (fields, message) => void lines.push({ fields, message }) } };
}

/** A session of a worker that was suspended between the change of a checkpoint and COMMIT. */
async function stuckOwner(target: Pick<MysqlTarget, 'claim' | 'database'>): Promise<Session> {
  const [claim] = await target.claim(0, 1);
  if (!claim) throw new Error('no claim');
  const session = await openSession(target.database, 'p/lane 0');
  await session.run('start transaction');
  const { checkpoints } = mysqlEngine(target.database, { logger: silent });
  const counts = { read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 };
  await checkpoints.advance(session, 'p', [{ claim, from: 0n, to: 1n, counts, mark: null, reached: null }]);
  return session;
}

describeMariadb('a claim that waits for a lock', () => {
  test('of a lane of a former owner ends its session with a warning and succeeds (rule 15)', async () => {
    await using target = await freshMysqlTarget();
    const former = await stuckOwner(target);
    const { logger, lines } = warnings();
    const claims = mysqlClaims(target.database, 'p', logger, 500);
    await withSession(target.database, 'p/lane 1', async (bystander) => {
      expect(await claims.claim(claimRequest([0, 1]))).toMatchObject([
        { epoch: 2n, nextOffset: 0n },
        { epoch: 2n, nextOffset: 0n },
      ]);
      await bystander.run('do 1');
    });
    await expect(former.run('commit')).rejects.toThrow();
    expect(lines).toEqual([
      {
        fields: { session: former.id, state: 'Sleep', waited: 500 },
        message: expect.stringContaining('ended the session of the former owner'),
      },
    ]);
  });

  test('of a former owner that was suspended while it claimed ends its session and succeeds (rule 15)', async () => {
    await using target = await freshMysqlTarget();
    await target.claim(0);
    const former = await openSession(target.database, 'p/claim');
    await takeLock(former, claimLock(former, 'p', 't'), 1000);
    const { logger, lines } = warnings();
    expect(await mysqlClaims(target.database, 'p', logger, 500).claim(claimRequest([0]))).toMatchObject([
      { epoch: 2n },
    ]);
    await expect(former.run('commit')).rejects.toThrow();
    expect(lines).toMatchObject([{ fields: { session: former.id } }]);
  });

  test('of a stranger names its session in a warning, waits, and ends no session (rule 15)', async () => {
    await using target = await freshMysqlTarget();
    await target.claim(0);
    const { logger, lines } = warnings();
    await withSession(target.database, 'a person', async (stranger) => {
      await stranger.run('start transaction');
      await stranger.run('select 1 from checkpoint where `partition` = 0 for update');
      const claiming = mysqlClaims(target.database, 'p', logger, 300).claim(claimRequest([0]));
      await until(async () => lines.length > 0, 'the claim has said what it waits for');
      await sleep(700);
      expect(lines).toEqual([
        {
          fields: { session: stranger.id, user: 'sluice', state: 'Sleep' },
          message: expect.stringContaining('waits for it and does not end it'),
        },
      ]);
      await stranger.run('commit');
      expect(await claiming).toMatchObject([{ epoch: 2n }]);
    });
  });

  test('of a user with rights on its own database only ends a former owner, and says once that it cannot see a stranger', async () => {
    await using target = await freshMysqlTarget();
    const user = `u${randomUUID().slice(0, 8)}`;
    await target.session.run(`create user '${user}'@'%' identified by 'secret'`);
    try {
      await target.session.run(`grant all on ${target.database.database}.* to '${user}'@'%'`);
      const limited = { ...target, database: { ...target.database, user, password: 'secret' } };
      const former = await stuckOwner(limited);
      const { logger, lines } = warnings();
      const claims = mysqlClaims(limited.database, 'p', logger, 300);
      expect(await claims.claim(claimRequest([0]))).toMatchObject([{ epoch: 2n }]);
      expect(lines).toMatchObject([{ fields: { session: former.id } }]);
      await target.session.run('start transaction');
      await target.session.run('select 1 from checkpoint where `partition` = 0 for update');
      const claiming = claims.claim(claimRequest([0]));
      await sleep(1500);
      await target.session.run('commit');
      expect(await claiming).toMatchObject([{ epoch: 3n }]);
      expect(lines.slice(1)).toEqual([
        { fields: { error: expect.any(String) }, message: expect.stringContaining('the blocking session is unknown') },
      ]);
    } finally {
      await target.session.run(`drop user '${user}'@'%'`);
    }
  });

  test('for less than its patience ends no session (rule 15)', async () => {
    await using target = await freshMysqlTarget();
    const former = await stuckOwner(target);
    const { logger, lines } = warnings();
    const claiming = mysqlClaims(target.database, 'p', logger).claim(claimRequest([0]));
    await sleep(500);
    await former.run('commit');
    expect(await claiming).toMatchObject([{ epoch: 2n, nextOffset: 1n }]);
    await former.end();
    expect(lines).toEqual([]);
  });
});
