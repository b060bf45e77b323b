/** Proves that parking cannot fail: a letter holds its record byte by byte, whatever is in it (rule 20). */
import { expect, test } from 'vitest';
import type { Claim } from '../../pipeline/batch.ts';
import type { Parked, RawRecord } from '../../pipeline/change.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { describePostgres } from '../../test/context.ts';
import { batchOf, freshTarget, type Target } from '../../test/target.ts';

const bytes = Buffer.from([0, 255, 254, 10, 92, 46, 9, 34, 44, 123, 125, 39]);

const letter = (record: Partial<RawRecord>, message = 'no', field?: string): Parked => ({
  record: { offset: '0', timestamp: '1700000000000', key: null, value: null, ...record },
  stage: 'decode',
  rejection: new Rejection('invalid_json', message, field),
});

async function park(target: Target, ...parked: Parked[]): Promise<void> {
  const [claim] = (await target.claim(0)) as [Claim];
  const { committed } = await target.sink().write(0, [batchOf(claim, 0, [], { parked })]);
  expect(committed).toHaveLength(1);
}

describePostgres('a dead letter', () => {
  test('keeps key and value byte by byte', async () => {
    await using target = await freshTarget();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const empty = Buffer.alloc(0);
    await park(
      target,
      letter({ offset: '0', key: bytes, value: all }),
      letter({ offset: '1', key: empty }),
      letter({ offset: '2', value: empty }),
    );
    expect(await target.rows('select key, value from sluice.dead_letter order by "offset"')).toEqual([
      { key: bytes, value: all },
      { key: empty, value: null },
      { key: null, value: empty },
    ]);
  });

  test('keeps repeated, binary and valueless headers in order', async () => {
    await using target = await freshTarget();
    const headers = { trace: [Buffer.from('a'), bytes], name: 'text', 'ключ"': Buffer.alloc(0), none: undefined };
    await park(target, letter({ offset: '0', headers }), letter({ offset: '1', headers: {} }));
    const [first, second] = await target.rows('select headers from sluice.dead_letter order by "offset"');
    const kept = JSON.parse(String(first?.headers)) as [string, string][];
    expect(kept.map(([name, hex]) => [name, Buffer.from(hex, 'hex')])).toEqual([
      ['trace', Buffer.from('a')],
      ['trace', bytes],
      ['name', Buffer.from('text')],
      ['ключ"', Buffer.alloc(0)],
      ['none', Buffer.alloc(0)],
    ]);
    expect(second?.headers).toBeNull();
  });

  test.each([
    ['NUL', 'a\0b', 'a\\0b'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['quotes, braces and backslashes', `{"a\\,'b'}`, `{"a\\,'b'}`],
    ['the word null', 'NULL', 'NULL'],
  ])('says its reason even with %s in it', async (_, message, reason) => {
    await using target = await freshTarget();
    await park(target, letter({}, message, 'email'));
    expect(await target.rows('select reason, field from sluice.dead_letter')).toEqual([{ reason, field: 'email' }]);
  });

  test.each(['-1', '0', '9223372036854775807', '-9223372036854775808', '253402300800000'])(
    'and the checkpoint take a record whose Kafka timestamp is %s',
    async (timestamp) => {
      await using target = await freshTarget();
      const [claim] = (await target.claim(0)) as [Claim];
      const mark = { timestamp, hash: Buffer.from('x') };
      const batch = batchOf(claim, 0, [{ id: 1, sequence: 1 }], { parked: [letter({ offset: '1', timestamp })], mark });
      expect(await target.sink().write(0, [batch])).toMatchObject({ committed: [batch] });
      const time = timestamp === '0' ? new Date(0) : null;
      expect(await target.rows('select source_time from sluice.dead_letter')).toEqual([{ source_time: time }]);
      expect(await target.rows('select next_offset from sluice.checkpoint where partition = 0')).toEqual([
        { next_offset: '2' },
      ]);
    },
  );

  test('parked twice is one letter, the first', async () => {
    await using target = await freshTarget();
    await park(target, letter({ offset: '0' }, 'first'), letter({ offset: '0' }, 'second'));
    expect(await target.rows('select reason from sluice.dead_letter')).toEqual([{ reason: 'first' }]);
  });
});
