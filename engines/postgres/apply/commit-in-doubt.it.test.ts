/** Proves that a connection lost around COMMIT loses and doubles nothing: the checkpoint shows what is durable (rule 15). */
import { expect, test } from 'vitest';
import type { Claim } from '../../../pipeline/batch.ts';
import { describePostgres } from '../../../test/context.ts';
import { cutProxy } from '../../../test/cut-proxy.ts';
import { batchOf, freshTarget } from '../../../test/target.ts';
import { diagnose } from '../errors.ts';

const counts = `select partition, next_offset::int as next, read::int, applied::int, superseded::int, parked::int
  from sluice.checkpoint where next_offset > 0 order by partition`;

describePostgres('a connection lost', () => {
  test.each([
    ['after COMMIT was done', { text: 'commit\0', when: 'after' }],
    ['before COMMIT arrived', { text: 'commit\0', when: 'before' }],
    ['before the checkpoint', { text: 'update sluice.checkpoint', when: 'before' }],
    ['in COPY', { text: 'copy incoming', when: 'after' }],
    ['at BEGIN', { text: 'begin\0', when: 'before' }],
  ] as const)('%s leads to a second attempt with the same counts, which are stored once', async (_, cut) => {
    await using target = await freshTarget();
    await using proxy = await cutProxy(target.database.host, target.database.port);
    const [a, b] = (await target.claim(0, 1)) as [Claim, Claim];
    const sink = target.sink({ ...target.database, host: '127.0.0.1', port: proxy.port });
    await sink.write(0, [batchOf(a, 0, [{ id: 1, sequence: 5 }])]);

    const group = [
      batchOf(a, 1, [
        { id: 1, sequence: 4 },
        { id: 2, sequence: 6 },
      ]),
      batchOf(b, 0, [{ id: 3, sequence: 7 }]),
    ];
    proxy.cutAt(cut);
    const first = await sink.write(0, group).then(() => undefined, diagnose);
    expect(proxy.cuts()).toBe(1);
    expect(first).toMatchObject({ reaction: 'retry' });
    expect(await sink.write(0, group)).toEqual({
      committed: group,
      fenced: [],
      postponed: [],
      begun: [],
      held: new Map(),
      counts: { read: 3, applied: 2, superseded: 1, filtered: 0, parked: 0 },
    });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 3, read: 3, applied: 2, superseded: 1, parked: 0 },
      { partition: 1, next: 1, read: 1, applied: 1, superseded: 0, parked: 0 },
    ]);
    // The lane continues as usual.
    expect(await sink.write(0, [batchOf(a, 3, [{ id: 4, sequence: 8 }])])).toMatchObject({ counts: { applied: 1 } });
  });

  test('after COMMIT, before another worker takes a partition over, keeps durable batches and fences the rest', async () => {
    await using target = await freshTarget();
    await using proxy = await cutProxy(target.database.host, target.database.port);
    const [a, b] = (await target.claim(0, 1)) as [Claim, Claim];
    const sink = target.sink({ ...target.database, host: '127.0.0.1', port: proxy.port });
    const group = [batchOf(a, 0, [{ id: 1, sequence: 1 }]), batchOf(b, 0, [{ id: 2, sequence: 1 }])];
    proxy.cutAt({ text: 'commit\0', when: 'after' });
    await expect(sink.write(0, group)).rejects.toThrow();
    await target.claim(1);
    expect(await sink.write(0, group)).toMatchObject({
      committed: [group[0]],
      fenced: [group[1]],
      counts: { read: 1 },
    });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 1, read: 1, applied: 1, superseded: 0, parked: 0 },
      { partition: 1, next: 1, read: 1, applied: 1, superseded: 0, parked: 0 },
    ]);
  });

  test('twice, the second time during the recovery of the first, still leads to balanced counts', async () => {
    await using target = await freshTarget();
    await using proxy = await cutProxy(target.database.host, target.database.port);
    const [claim] = (await target.claim(0)) as [Claim];
    const sink = target.sink({ ...target.database, host: '127.0.0.1', port: proxy.port });
    const group = [batchOf(claim, 0, [{ id: 1, sequence: 1 }])];
    for (const cut of [
      { text: 'commit\0', when: 'after' },
      { text: 'rollback\0', when: 'before' },
      { text: 'select 1 from sluice.checkpoint', when: 'before' },
    ] as const) {
      proxy.cutAt(cut);
      await expect(sink.write(0, group)).rejects.toThrow();
    }
    expect(proxy.cuts()).toBe(3);
    expect(await sink.write(0, group)).toMatchObject({ committed: group, counts: { read: 1, applied: 1 } });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 1, read: 1, applied: 1, superseded: 0, parked: 0 },
    ]);
  });
});
