/** Proves that parking cannot fail: a dead letter keeps the bytes of any record (rule 20). */
import { expect, test } from 'vitest';
import type { Claim } from '../../../pipeline/batch.ts';
import type { Header, Parked, RawRecord } from '../../../pipeline/change.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { describePostgres } from '../../../test/context.ts';
import { headersOf } from '../../../test/headers-of.ts';
import { batchOf, freshTarget, type Target } from '../../../test/target.ts';

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

  test('keeps headers in order: repeated, binary, empty, null, and with names that are not UTF-8 (rule 20)', async () => {
    await using target = await freshTarget();
    const list: readonly Header[] = [
      [Buffer.from('trace'), Buffer.from('a')],
      [Buffer.from('name'), Buffer.from('text')],
      [Buffer.from('trace'), bytes],
      [Buffer.from('ключ"\0'), Buffer.alloc(0)],
      [Buffer.from('none'), null],
      [Buffer.from([0xff, 0x00]), Buffer.from([0xfe])],
      [Buffer.alloc(0), Buffer.from('nameless')],
    ];
    await park(target, letter({ offset: '0', headers: { bytes: 1, list: () => list } }), letter({ offset: '1' }));
    const [first, second] = await target.rows('select headers from sluice.dead_letter order by "offset"');
    expect(headersOf(first?.headers as Buffer)).toEqual(list);
    expect(second?.headers).toBeNull();
  });

  test('may be larger than the limit of a statement, alone and together with others', async () => {
    await using target = await freshTarget();
    const large = Buffer.alloc(17 * 2 ** 20, 7);
    const half = Buffer.alloc(9 * 2 ** 20, 8);
    const values = [half, large, half, half, Buffer.from('x')];
    await park(target, ...values.map((value, index) => letter({ offset: String(index), value })));
    const sizes = await target.rows('select length(value) as size from sluice.dead_letter order by "offset"');
    expect(sizes.map(({ size }) => size)).toEqual(values.map((value) => value.length));
  });

  test.each([
    ['NUL', 'a\0b', 'a\\0b'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['quotes, braces and backslashes', `{"a\\,'b'}`, `{"a\\,'b'}`],
    ['the word null', 'NULL', 'NULL'],
  ])('keeps a reason that contains %s', async (_, message, reason) => {
    await using target = await freshTarget();
    await park(target, letter({}, message, 'email'));
    expect(await target.rows('select reason, field from sluice.dead_letter')).toEqual([{ reason, field: 'email' }]);
  });

  test.each(['-1', '0', '9223372036854775807', '-9223372036854775808', '253402300800000'])(
    'and the checkpoint accept a record with the Kafka timestamp %s',
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

  test('is stored once if its record is parked twice in one transaction', async () => {
    await using target = await freshTarget();
    await park(target, letter({ offset: '0' }, 'first'), letter({ offset: '0' }, 'second'));
    expect(await target.rows('select count(*)::int as letters from sluice.dead_letter')).toEqual([{ letters: 1 }]);
  });

  test('is kept, with the latest reason and time, if its record is read and refused again', async () => {
    await using target = await freshTarget();
    await park(target, letter({ offset: '0' }, 'first'));
    const query = 'select id, reason, parked_at from sluice.dead_letter';
    const [before] = await target.rows(query);
    const [{ topic = '' } = {}] = await target.rows('select topic from sluice.checkpoint');
    await target.rows('update sluice.checkpoint set next_offset = 0 where topic = $1', [topic]);
    await park(target, letter({ offset: '0' }, 'second'));
    const after = await target.rows(query);
    expect(after).toEqual([{ id: before?.id, reason: 'second', parked_at: expect.anything() }]);
    expect(Number(after[0]?.parked_at)).toBeGreaterThan(Number(before?.parked_at));
  });
});
