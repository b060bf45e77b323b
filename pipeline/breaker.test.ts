/** Proves that the breaker trips on many parked records, at the right record, and not earlier. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Rejection } from '../schemas/rejection.ts';
import { diagnose } from '../services/diagnose.ts';
import { batch, claimOf, raw } from '../test/batches.ts';
import type { Batch } from './batch.ts';
import { breaker } from './breaker.ts';
import type { Committed } from './stages/acknowledge.ts';

const rejection = new Rejection('invalid_json', 'not JSON');

/** Builds batches, one per list: `.` stands for good records, `x` for parked ones, with their number. */
function committed(...batches: (readonly (readonly ['.' | 'x', number])[])[]): Committed {
  let offset = 0;
  const made = batches.map((runs): Batch<unknown> => {
    const from = offset;
    const parked = runs.flatMap(([kind, times]) => {
      const first = offset;
      offset += times;
      const offsets = kind === 'x' ? Array.from({ length: times }, (_, index) => String(first + index)) : [];
      return offsets.map((one) => ({ record: raw('?', { offset: one }), stage: 'decode' as const, rejection }));
    });
    return batch(claimOf(), from, [], { to: BigInt(offset), read: offset - from, parked });
  });
  const parked = made.reduce((sum, one) => sum + one.parked.length, 0);
  return { counts: { read: offset, applied: offset - parked, superseded: 0, filtered: 0, parked }, batches: made };
}

const run = (share: number | null, ...transactions: Committed[]) =>
  lastValueFrom(from(transactions).pipe(breaker(share), toArray()));

describe('the breaker', () => {
  test.each<[string, Committed[]]>([
    ['499 parked records of 499, which are too few,', [committed([['x', 499]])]],
    [
      'half of 1,000 parked records',
      [
        committed([
          ['.', 500],
          ['x', 500],
        ]),
      ],
    ],
    [
      'half of every 1,000 parked records',
      [
        committed(
          ...Array.from(
            { length: 20 },
            () =>
              [
                ['.', 250],
                ['x', 250],
              ] as const,
          ),
        ),
      ],
    ],
    [
      'many parked records that are 1,000 good records ago',
      [
        committed([
          ['.', 1_000],
          ['x', 490],
        ]),
        committed([['.', 5_000]]),
      ],
    ],
    ['a batch without records', [committed([])]],
  ])('lets %s pass', async (_, transactions) => {
    expect(await run(0.5, ...transactions)).toEqual(transactions);
  });

  test.each<[string, Committed[]]>([
    ['500 parked records of 500', [committed([['x', 500]])]],
    [
      '501 parked records of the last 1,000, after 100,000 good ones',
      [
        committed([
          ['.', 100_000],
          ['x', 501],
        ]),
      ],
    ],
    ['many parked records over many batches', [committed(...Array.from({ length: 600 }, () => [['x', 1]] as const))]],
    ['many parked records over many transactions', Array.from({ length: 600 }, () => committed([['x', 1]]))],
    [
      'many parked records in the middle of a batch with a good end',
      [
        committed([
          ['.', 2_000],
          ['x', 600],
          ['.', 2_000],
        ]),
      ],
    ],
  ])('trips at %s', async (_, transactions) => {
    const error = await run(0.5, ...transactions).catch((caught: unknown) => caught);
    expect(diagnose(error)).toMatchObject({ reaction: 'stop', code: 'breaker', kind: 'counters' });
    expect(String(error)).toMatch(/% of the last \d+ records were parked .*invalid_json: not JSON/);
  });

  test('trips at the given share', async () => {
    const flood = committed([
      ['.', 700],
      ['x', 300],
    ]);
    await expect(run(0.29, flood)).rejects.toThrow('parked');
    expect(await run(0.3, flood)).toEqual([flood]);
  });

  test('passes everything if it is off', async () => {
    const flood = committed([['x', 5_000]]);
    expect(await run(null, flood)).toEqual([flood]);
  });

  test('emits the durable transaction before its error', async () => {
    const emitted: Committed[] = [];
    const flood = committed([['x', 600]]);
    await new Promise<void>((resolve) => {
      from([flood])
        .pipe(breaker(0.5))
        .subscribe({ next: (one) => emitted.push(one), error: () => resolve() });
    });
    expect(emitted).toEqual([flood]);
  });
});
