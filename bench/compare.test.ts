import { expect, test } from 'vitest';
import { comparisonTable } from './compare.ts';
import type { Measured } from './run.ts';

const run = (perSecond: number, mebibytes: number, program: number) =>
  ({
    perSecond,
    events: 1000,
    peakBytes: mebibytes * 2 ** 20,
    cpu: { program, database: 1, kafka: 1 },
  }) as Partial<Measured> as Measured;

test('a comparison shows the ratio of the rounds with its spread', () => {
  const what = { layer: 'whole', processes: 1 } as const;
  const before = {
    side: { name: 'abc', root: '' },
    what,
    runs: [run(10_000, 300, 2), run(20_000, 310, 2), run(10_000, 290, 2)],
  };
  const after = {
    side: { name: 'this', root: '' },
    what,
    runs: [run(15_000, 200, 1), run(22_000, 210, 2), run(12_000, 190, 1)],
  };
  expect(comparisonTable({ rounds: [before, after], bytes: 1 }).split('\n')).toEqual([
    '| events/s | abc | this | ratio | ratio of CPU per event | peak RSS |',
    '| --- | --- | --- | --- | --- | --- |',
    `| whole pipeline | 10.0k [10.0k to 20.0k] | 15.0k [12.0k to 22.0k] | 1.20 [1.10 to 1.50] | 0.75 [0.75 to 1.00] | 300 MiB → 200 MiB |`,
  ]);
});
