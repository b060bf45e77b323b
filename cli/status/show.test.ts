import { expect, test } from 'vitest';
import { zeroCounts } from '../../pipeline/batch.ts';
import type { PartitionFacts } from '../../services/status/health.ts';
import { width } from '../output/table.ts';
import { partitionTables, type Report } from './show.ts';

const counts = { ...zeroCounts, read: 550_895, applied: 302_032, superseded: 248_851, filtered: 0, parked: 12 };

function report(topics: readonly string[]): Report {
  const partitions = topics.map(
    (topic): PartitionFacts => ({
      topic,
      partition: 0,
      logEnd: 550_895n,
      nextOffset: 550_895n,
      counts,
      commitAge: 12,
      lagSeconds: null,
      sourceLagSeconds: 3,
    }),
  );
  return {
    state: 'healthy',
    sentence: '',
    remark: null,
    lagRecords: 0n,
    lagSeconds: 0,
    sourceLagSeconds: 3,
    counts,
    pipeline: 'p',
    topic: topics.join(', '),
    topics,
    partitions,
    deadLetters: { records: 0, offsets: 0, more: false, reasons: [] },
  };
}

const heads = ['log end', 'next', 'lag', 'age', 'source lag', 'read', 'applied', 'superseded', 'filtered', 'parked'];

test.each([[['cdc-events']], [['cdc.public.customers', 'cdc.public.orders']]])(
  'of %j is one table on a wide terminal, and several tables with all columns at 80 columns',
  (topics) => {
    const wide = partitionTables(report(topics), null);
    expect(wide.filter((line) => line === '')).toEqual([]);
    expect(Math.max(...wide.map(width))).toBeGreaterThan(80);
    expect(partitionTables(report(topics), 200)).toEqual(wide);

    const narrow = partitionTables(report(topics), 80);
    expect(Math.max(...narrow.map(width))).toBeLessThanOrEqual(80);
    expect(narrow).toContain('');
    for (const head of [...heads, 'last commit']) expect(narrow.join('\n')).toContain(head);
    if (topics.length > 1)
      expect(narrow.filter((line) => line.startsWith('cdc.public.orders')).length).toBeGreaterThan(1);
  },
);
