/** Proves that options have the same defaults as the use cases, which benchmarks measure. */
import { expect, test } from 'vitest';
import { enrichmentDefaults } from '../services/enrich/pipeline.ts';
import { replicaWindowBytes } from '../services/replicate/pipeline.ts';
import { options } from './options/options.ts';
import { bytes, integer } from './options/parse.ts';
import { replicate } from './replicate.ts';
import { enrichmentConfig } from './run.ts';

test('window and transaction size have the same defaults in options and use cases', () => {
  expect(bytes(options.windowBytes.default)).toBe(enrichmentDefaults.windowBytes);
  expect(integer(1, 1_000_000)(options.maxRecords.default)).toBe(enrichmentDefaults.transactionRecords);
  expect(bytes(replicate.overrides?.windowBytes?.default ?? '')).toBe(replicaWindowBytes);
});

test('only the pipeline options of run become the configuration of a pipeline', () => {
  const values = {
    groupId: 'g',
    orderBy: 'sequence',
    onTooLong: 'truncate',
    onTooPrecise: 'cut',
    mailboxRules: 'off',
    functions: './functions',
    breaker: 0.25,
    deletes: 'hard',
    lanes: 3,
    windowBytes: 1_000,
    maxRecords: 7,
  } as const;
  expect(enrichmentConfig(values, 'offset')).toEqual({
    groupId: 'g',
    orderBy: 'offset',
    onTooLong: 'truncate',
    onTooPrecise: 'cut',
    mailboxRules: 'off',
    deletes: 'hard',
    lanes: 3,
    windowBytes: 1_000,
    breakerShare: 0.25,
    transactionRecords: 7,
  });
});
