import { expect, test } from 'vitest';
import { cpuBetween } from './sampler.ts';

const sample = (at: number, program: number, database: number, kafka: number) => ({
  at,
  cpu: { program, database, kafka },
});

test('CPU between two times is interpolated linearly between the samples around each', () => {
  const samples = [sample(1000, 1, 10, 100), sample(2000, 2, 14, 100), sample(3000, 5, 14, 101)];
  expect(cpuBetween(samples, 1500, 2500)).toEqual({ program: 2, database: 2, kafka: 0.5 });
  expect(cpuBetween(samples, 1000, 3000)).toEqual({ program: 4, database: 4, kafka: 1 });
});

test('a time beyond the samples counts as the nearest one, and CPU is unknown without samples', () => {
  const samples = [sample(1000, 1, 1, 1), sample(2000, 3, 2, 1)];
  expect(cpuBetween(samples, 0, 9000)).toEqual({ program: 2, database: 1, kafka: 0 });
  expect(cpuBetween([], 0, 1)).toBeUndefined();
});
