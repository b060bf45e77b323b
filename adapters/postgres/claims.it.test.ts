/** Proves where partitions are taken over, and that one of many members starting together decides it once. */
import { expect, test } from 'vitest';
import { diagnose } from '../../pipeline/errors.ts';
import type { ClaimRequest } from '../../pipeline/ports.ts';
import { describePostgres } from '../../test/context.ts';
import { freshTarget } from '../../test/target.ts';
import { postgresClaims } from './claims.ts';

const request = (mine: readonly number[], ends: readonly bigint[], more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  topic: 't',
  clusterId: 'cluster',
  partitionCount: ends.length,
  partitions: ends.map((first, partition) => ({ partition, first, later: 0n })),
  mine,
  ...more,
});

describePostgres('a claim', () => {
  test('of a pipeline that never ran begins where it is told, for every partition of the topic', async () => {
    await using target = await freshTarget();
    const claims = postgresClaims(target.database, 'p', 'sequence');
    expect(await claims.claim(request([1], [10n, 20n, 30n]))).toEqual([
      { partition: 1, epoch: 1n, nextOffset: 20n, lastHash: null },
    ]);
    // Nobody owns 0 and 2 yet, and their start is decided all the same.
    expect(await claims.claim(request([0, 2], [99n, 99n, 99n]))).toMatchObject([
      { partition: 0, epoch: 1n, nextOffset: 10n },
      { partition: 2, epoch: 1n, nextOffset: 30n },
    ]);
  });

  test('of partitions added later begins at their first record, even with --from latest', async () => {
    await using target = await freshTarget();
    const claims = postgresClaims(target.database, 'p', 'sequence');
    await claims.claim(request([0, 1], [10n, 20n]));
    expect(await claims.claim(request([0, 1, 2], [11n, 21n, 7n]))).toMatchObject([
      { partition: 0, epoch: 2n, nextOffset: 10n },
      { partition: 1, epoch: 2n, nextOffset: 20n },
      { partition: 2, epoch: 1n, nextOffset: 0n },
    ]);
  });

  test('raises the epoch each time, and one pipeline or topic does not disturb another', async () => {
    await using target = await freshTarget();
    for (const epoch of [1n, 2n, 3n]) {
      const [claimed] = await postgresClaims(target.database, 'p', 'sequence').claim(request([0], [5n]));
      expect(claimed?.epoch).toBe(epoch);
    }
    expect(await postgresClaims(target.database, 'q', 'sequence').claim(request([0], [6n]))).toMatchObject([
      { epoch: 1n, nextOffset: 6n },
    ]);
    const other = request([0], [7n], { topic: 'u' });
    expect(await postgresClaims(target.database, 'p', 'sequence').claim(other)).toMatchObject([
      { epoch: 1n, nextOffset: 7n },
    ]);
  });

  test('by eight members at once at the first start with latest agrees on one start and loses no epoch', async () => {
    await using target = await freshTarget();
    const claims = postgresClaims(target.database, 'p', 'sequence');
    // Records arrive meanwhile, so each member sees another end of the log; only one of them may count.
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

  test('against another Kafka cluster is refused and changes nothing', async () => {
    await using target = await freshTarget();
    const claims = postgresClaims(target.database, 'p', 'sequence');
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
    const claims = postgresClaims(target.database, 'p', orderBy);
    await claims.claim(request([0, 1], [0n, 0n]));
    const again = claims.claim(request([0, 1, 2], [0n, 0n, 0n]));
    if (refused) await expect(again).rejects.toMatchObject({ code: 'repartitioned' });
    else expect(await again).toHaveLength(3);
  });
});
