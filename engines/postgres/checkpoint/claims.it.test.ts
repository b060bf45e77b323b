/** Proves the start offsets of claims, also if many members claim at once. */

import { expect, test } from 'vitest';
import { initialProgress } from '../../../pipeline/batch.ts';
import type { ClaimRequest, Logger, Reposition } from '../../../pipeline/ports.ts';
import type { OrderBy } from '../../../schemas/order-by.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { describePostgres } from '../../../test/context.ts';
import { until } from '../../../test/sluice.ts';
import { batchOf, claimsOf, freshTarget, type Target } from '../../../test/target.ts';
import { connect } from '../connection/connection.ts';
import { diagnose } from '../errors.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const request = (mine: readonly number[], ends: readonly bigint[], more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  topic: 't',
  clusterId: 'cluster',
  partitionCount: ends.length,
  partitions: ends.map((first, partition) => ({ partition, first, later: 0n })),
  mine,
  ...more,
});

describePostgres('a claim', () => {
  test('of a new pipeline sets the requested start of every partition of the topic (rule 6)', async () => {
    await using target = await freshTarget();
    const claims = claimsOf(target.database, 'p', 'sequence', { logger: silent });
    expect(await claims.claim(request([1], [10n, 20n, 30n]))).toEqual([
      { partition: 1, epoch: 1n, nextOffset: 20n, lastHash: null, reached: initialProgress },
    ]);
    // Partitions 0 and 2 have no owner yet, but their start is already decided.
    expect(await claims.claim(request([0, 2], [99n, 99n, 99n]))).toMatchObject([
      { partition: 0, epoch: 1n, nextOffset: 10n },
      { partition: 2, epoch: 1n, nextOffset: 30n },
    ]);
  });

  test('of partitions added later starts at their first record, even with --from latest (rule 6)', async () => {
    await using target = await freshTarget();
    const claims = claimsOf(target.database, 'p', 'sequence', { logger: silent });
    await claims.claim(request([0, 1], [10n, 20n]));
    expect(await claims.claim(request([0, 1, 2], [11n, 21n, 7n]))).toMatchObject([
      { partition: 0, epoch: 2n, nextOffset: 10n },
      { partition: 1, epoch: 2n, nextOffset: 20n },
      { partition: 2, epoch: 1n, nextOffset: 0n },
    ]);
  });

  test('does not wait for afterClaim, which uses its own session', async () => {
    await using target = await freshTarget();
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const followed: string[] = [];
    const claims = claimsOf(target.database, 'p', 'sequence', {
      logger: silent,
      afterClaim: async ({ topic }) => {
        await held;
        const rows = await target.rows('select owner_epoch::int as epoch from sluice.checkpoint');
        followed.push(`${topic} ${rows[0]?.epoch}`);
      },
    });
    expect(await claims.claim(request([0], [5n]))).toMatchObject([{ epoch: 1n }]);
    expect(followed).toEqual([]);
    goOn();
    await until(async () => followed.length === 1, 'what follows is done');
    expect(followed).toEqual(['t 1']);
  });

  test('raises the epoch of its own pipeline and topic only', async () => {
    await using target = await freshTarget();
    for (const epoch of [1n, 2n, 3n]) {
      const [claimed] = await claimsOf(target.database, 'p', 'sequence', { logger: silent }).claim(request([0], [5n]));
      expect(claimed?.epoch).toBe(epoch);
    }
    expect(
      await claimsOf(target.database, 'q', 'sequence', { logger: silent }).claim(request([0], [6n])),
    ).toMatchObject([{ epoch: 1n, nextOffset: 6n }]);
    const other = request([0], [7n], { topic: 'u' });
    expect(await claimsOf(target.database, 'p', 'sequence', { logger: silent }).claim(other)).toMatchObject([
      { epoch: 1n, nextOffset: 7n },
    ]);
  });

  test('of eight members at once, with --from latest, agrees on one start and loses no epoch', async () => {
    await using target = await freshTarget();
    const claims = claimsOf(target.database, 'p', 'sequence', { logger: silent });
    // Records arrive meanwhile, so each member sees another end of the log. Only one end may count.
    const members = Array.from({ length: 8 }, (_, i) => i);
    const answers = await Promise.all(
      members.map((i) => claims.claim(request([0, 1, 2], [BigInt(100 + i), BigInt(200 + i), BigInt(300 + i)]))),
    );
    const starts = new Set(answers.map((claimed) => claimed.map(({ nextOffset }) => nextOffset % 100n).join()));
    expect(starts.size).toBe(1);
    const [start = ''] = starts;
    expect(new Set(start.split(',')).size).toBe(1);
    for (const partition of [0, 1, 2]) {
      const epochs = answers.map((claimed) => Number(claimed[partition]?.epoch));
      expect(epochs.sort((a, b) => a - b)).toEqual(members.map((i) => i + 1));
    }
  });

  test('against another Kafka cluster is refused and changes nothing (rule 16)', async () => {
    await using target = await freshTarget();
    const claims = claimsOf(target.database, 'p', 'sequence', { logger: silent });
    await claims.claim(request([0], [5n]));
    const before = await target.rows('select * from sluice.checkpoint');
    const refused = claims.claim(request([0], [5n], { clusterId: 'another' }));
    await expect(refused).rejects.toSatisfy((error) => {
      const { reaction, code, advice } = diagnose(error);
      return reaction === 'stop' && code === 'lost_position' && advice.includes('--group-id');
    });
    expect(await target.rows('select * from sluice.checkpoint')).toEqual(before);
  });

  test.each([
    ['offset', true],
    ['sequence', false],
    ['timestamp', false],
  ] as const)('of a topic with more partitions than before, ordered by %s: refused is %s', async (orderBy, refused) => {
    await using target = await freshTarget();
    const claims = claimsOf(target.database, 'p', orderBy, { logger: silent });
    await claims.claim(request([0, 1], [0n, 0n]));
    const again = claims.claim(request([0, 1, 2], [0n, 0n, 0n]));
    if (refused) await expect(again).rejects.toMatchObject({ code: 'repartitioned' });
    else expect(await again).toHaveLength(3);
  });
});

/** A logger that collects warnings. */
function warnings(): { readonly logger: Logger; readonly lines: { fields: object; message: string }[] } {
  const lines: { fields: object; message: string }[] = [];
  return { lines, logger: { ...silent, warn: (fields, message) => void lines.push({ fields, message }) } };
}

/** An idle session of that name that has locked the checkpoint of partition 0. */
async function holdCheckpoint(target: Target, name: string) {
  const client = await connect(target.database, name);
  await client.query('begin');
  await client.query('select from sluice.checkpoint where partition = 0 for update');
  return client;
}

describePostgres('a claim that waits for a lock', () => {
  test.each([
    ['a lane of a former owner', 'p', 'lane 1'],
    ['a lane of a former owner whose pipeline has a long name', 'p'.repeat(100), 'lane 63'],
    ['a former owner that was stopped while it claimed', 'p', 'claim'],
  ])('of %s ends its session with a warning and succeeds (rule 15)', async (_, pipeline, role) => {
    await using target = await freshTarget();
    const { logger, lines } = warnings();
    const claims = claimsOf(target.database, pipeline, 'sequence', { logger, lockPatienceMs: 500 });
    await claims.claim(request([0, 1], [5n, 5n]));
    const former = await holdCheckpoint(target, `${pipeline}/${role}`);
    const bystander = await connect(target.database, `${pipeline}/lane 0`);
    expect(await claims.claim(request([0, 1], [5n, 5n]))).toMatchObject([{ epoch: 2n }, { epoch: 2n }]);
    await expect(former.query('commit')).rejects.toThrow();
    await bystander.query('select 1');
    await bystander.end();
    expect(lines).toEqual([
      {
        fields: expect.objectContaining({ application: expect.stringMatching(new RegExp(`/${role}$`)) }),
        message: expect.stringContaining('ended the session of the former owner'),
      },
    ]);
  });

  test.each(['a person', 'other/lane 0', 'p/lane 1/other'])(
    'of %s names that session in a warning, waits, and ends no session (rule 15)',
    async (name) => {
      await using target = await freshTarget();
      const { logger, lines } = warnings();
      const claims = claimsOf(target.database, 'p', 'sequence', { logger, lockPatienceMs: 200 });
      await claims.claim(request([0], [5n]));
      const stranger = await holdCheckpoint(target, name);
      const claiming = claims.claim(request([0], [5n]));
      await until(async () => lines.length > 0, 'the claim has said what it waits for');
      expect(lines[0]).toMatchObject({
        fields: { application: `sluice/${name}`, user: target.database.user, state: 'idle in transaction' },
        message: expect.stringContaining('waits for it and does not end it'),
      });
      await stranger.query('commit');
      await stranger.end();
      expect(await claiming).toMatchObject([{ epoch: 2n }]);
    },
  );

  test('for less than its patience ends no session (rule 15)', async () => {
    await using target = await freshTarget();
    const { logger, lines } = warnings();
    const claims = claimsOf(target.database, 'p', 'sequence', { logger });
    await claims.claim(request([0], [5n]));
    const former = await holdCheckpoint(target, 'p/lane 0');
    const claiming = claims.claim(request([0], [5n]));
    await until(async () => {
      const waiting = await target.rows('select 1 from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0');
      return waiting.length > 0;
    }, 'the claim waits');
    await former.query('commit');
    await former.end();
    expect(await claiming).toMatchObject([{ epoch: 2n }]);
    expect(lines).toEqual([]);
  });
});

describePostgres('a claim of a lost position', () => {
  const move: Reposition = { to: 20n, why: 'gone', gone: 17n, restarted: false };
  const checkpoint = `select partition, next_offset::int as next, owner_epoch::int as epoch, last_hash, cluster_id, read::int
                      from sluice.checkpoint order by partition`;

  /** Three records of partition 0 are durable, one of them parked. */
  async function started(target: Target): Promise<void> {
    const [claim] = await target.claim(0);
    if (!claim) throw new Error('no claim');
    const mark = { timestamp: '1', hash: Buffer.from('hash') };
    const rejection = new Rejection('invalid_json', 'no JSON');
    const record = { offset: '0', timestamp: '1', key: null, value: Buffer.from('x') };
    const parked = [{ record, stage: 'decode', rejection }] as const;
    await target
      .sink()
      .write(0, [batchOf(claim, 1, [{ id: 1, sequence: 1 }], { from: 0n, to: 3n, read: 2, parked, mark })]);
  }

  const claimLost = (target: Target, move: Reposition, orderBy: OrderBy = 'sequence', logger = silent) =>
    claimsOf(target.database, 'p', orderBy, { logger }).claim(
      request([0, 1], [0n, 0n, 0n, 0n], {
        clusterId: 'another',
        reposition: async ({ partition }) => (partition === 0 ? move : { ...move, to: 1n }),
      }),
    );

  test('moves the checkpoint with a new epoch, keeps the counters, forgets the last record, and warns (rule 16)', async () => {
    await using target = await freshTarget();
    await started(target);
    const { logger, lines } = warnings();
    expect(await claimLost(target, move, 'sequence', logger)).toEqual([
      { partition: 0, epoch: 2n, nextOffset: 20n, lastHash: null, reached: initialProgress },
      { partition: 1, epoch: 1n, nextOffset: 1n, lastHash: null, reached: initialProgress },
    ]);
    expect((await target.rows(checkpoint))[0]).toEqual({
      partition: 0,
      next: 20,
      epoch: 2,
      last_hash: null,
      cluster_id: 'another',
      read: 2,
    });
    expect(lines[0]).toMatchObject({
      fields: { topic: 't', partition: 0, nextOffset: '3', movedTo: '20', gone: '17' },
      message: expect.stringContaining('gone'),
    });
  });

  test('fences the holder of the former claim, even if the offset stays the same (rule 16)', async () => {
    await using target = await freshTarget();
    await started(target);
    const [former] = await target.claim(0);
    if (!former) throw new Error('no claim');
    await claimLost(target, { ...move, to: 3n });
    const group = [batchOf(former, 3, [{ id: 9, sequence: 9 }])];
    expect(await target.sink().write(0, group)).toMatchObject({ committed: [], fenced: group });
  });

  test('with restarted offsets renames the topic of older dead letters (rule 16)', async () => {
    await using target = await freshTarget();
    await started(target);
    await claimLost(target, { ...move, to: 0n, gone: null, restarted: true });
    await claimLost(target, { ...move, to: 0n, gone: null, restarted: true });
    expect(await target.rows('select topic, "offset"::int from sluice.dead_letter')).toEqual([
      { topic: 't (before epoch 2)', offset: 0 },
    ]);
  });

  test.each([
    [true, 'the offsets have restarted', 'refused'],
    [false, 'records are gone', 'moved'],
  ])('of a table ordered by offset, with restarted %s because %s, is %s (rule 16)', async (restarted, _, outcome) => {
    await using target = await freshTarget();
    await started(target);
    const before = await target.rows(checkpoint);
    const claiming = claimLost(target, { ...move, restarted }, 'offset');
    if (outcome === 'moved') {
      expect(await claiming).toMatchObject([{ nextOffset: 20n }, { nextOffset: 1n }]);
    } else {
      await expect(claiming).rejects.toMatchObject({
        code: 'lost_position',
        advice: expect.stringContaining('--order-by offset'),
      });
      expect(await target.rows(checkpoint)).toEqual(before);
    }
  });

  test('changes nothing if reposition throws (rule 16)', async () => {
    await using target = await freshTarget();
    await started(target);
    const before = await target.rows(checkpoint);
    const claiming = claimsOf(target.database, 'p', 'sequence', { logger: silent }).claim(
      request([0], [0n, 0n, 0n, 0n], {
        clusterId: 'c',
        reposition: async () => {
          throw new Error('lost');
        },
      }),
    );
    await expect(claiming).rejects.toThrow('lost');
    expect(await target.rows(checkpoint)).toEqual(before);
  });
});
