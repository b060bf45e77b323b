/** Proves that the verdict distinguishes working, behind and stalled, and never calls a stalled pipeline healthy. */
import { expect, test } from 'vitest';
import type { ParkedShare } from '../../engines/bookkeeping.ts';
import { zeroCounts } from '../../pipeline/batch.ts';
import { type Facts, judge, lagOf, type PartitionFacts } from './health.ts';

const partition = (logEnd: number, nextOffset: number, commitAge: number | null = 1): PartitionFacts => ({
  topic: 't',
  partition: 0,
  logEnd: BigInt(logEnd),
  nextOffset: BigInt(nextOffset),
  counts: { ...zeroCounts, read: nextOffset, applied: nextOffset },
  commitAge,
  lagSeconds: null,
  sourceLagSeconds: null,
});

const parkedShare = (recent: number, of: number): ParkedShare => ({
  topic: 't',
  partition: 0,
  recent,
  of,
  most: false,
  committedAt: 1,
});

/** Builds facts. `lagSeconds` applies to every partition with a lag. */
const facts = (
  partitions: readonly PartitionFacts[],
  { lagSeconds = 0, ...more }: Partial<Facts> & { lagSeconds?: number } = {},
): Facts => ({
  pipeline: 'users',
  partitions: partitions.map((one) => (lagOf(one) > 0n ? { ...one, lagSeconds } : one)),
  members: 1,
  ...more,
});

test.each<[string, Facts, string, string]>([
  [
    'all durable, one process',
    facts([partition(5, 5)]),
    'healthy',
    'healthy: everything in the topic is durable (1 process running)',
  ],
  [
    'all durable, three processes',
    facts([partition(5, 5)], { members: 3 }),
    'healthy',
    'healthy: everything in the topic is durable (3 processes running)',
  ],
  [
    'all durable, no process',
    facts([partition(5, 5, 9e9)], { members: 0 }),
    'idle',
    'idle: everything in the topic is durable (no process is running)',
  ],
  ['an empty topic', facts([]), 'healthy', 'healthy: everything in the topic is durable (1 process running)'],
  [
    'one record not durable yet',
    facts([partition(5, 4)], { lagSeconds: 1 }),
    'healthy',
    'healthy: at work, behind by 1 record and 1 s',
  ],
  [
    'a lag of five seconds',
    facts([partition(9, 4)], { lagSeconds: 5 }),
    'healthy',
    'healthy: at work, behind by 5 records and 5 s',
  ],
  [
    'a lag of six seconds',
    facts([partition(9, 4)], { lagSeconds: 6 }),
    'behind',
    'behind by 5 records and 6 s (1 process running)',
  ],
  [
    'a large lag that shrinks',
    facts([partition(9000, 4)], { lagSeconds: 7200, members: 2 }),
    'behind',
    'behind by 8996 records and 2 h (2 processes running)',
  ],
  [
    'a lag and no process',
    facts([partition(9, 4)], { members: 0, lagSeconds: 1 }),
    'stalled',
    'stalled because no process of users is running: behind by 5 records and 1 s',
  ],
  [
    'no commit for over a minute',
    facts([partition(9, 4, 90)], { lagSeconds: 90 }),
    'stalled',
    'stalled because nothing was committed for 90 s: behind by 5 records and 90 s',
  ],
  [
    'no commit ever',
    facts([partition(9, 0, null)], { lagSeconds: 300 }),
    'stalled',
    'stalled because nothing was committed so far: behind by 9 records and 5 min',
  ],
  [
    'no commit ever, but records are new',
    facts([partition(9, 0, null)], { lagSeconds: 20 }),
    'behind',
    'behind by 9 records and 20 s (1 process running)',
  ],
  [
    'a late commit, but records are new',
    facts([partition(9, 4, 900)], { lagSeconds: 2 }),
    'healthy',
    'healthy: at work, behind by 5 records and 2 s',
  ],
  [
    'an idle partition beside one that lags and advances',
    facts([partition(5, 5, 900), partition(9, 4, 3)], { lagSeconds: 100 }),
    'behind',
    'behind by 5 records and 100 s (1 process running)',
  ],
  [
    'an advancing partition without a lag beside a stuck one',
    facts([partition(5, 5, 1), partition(9, 4, 300)], { lagSeconds: 300 }),
    'stalled',
    'stalled because nothing was committed for 5 min: behind by 5 records and 5 min',
  ],
  [
    'a clock behind the log',
    facts([partition(9, 4)], { lagSeconds: -50 }),
    'healthy',
    'healthy: at work, behind by 5 records and 0 s',
  ],
  [
    'nothing can arrive, all durable',
    facts([partition(5, 5)], { disconnected: 'connector c is paused' }),
    'disconnected',
    'disconnected because connector c is paused; everything in the topic is durable (1 process running)',
  ],
  [
    'nothing can arrive, no process',
    facts([partition(5, 5)], { disconnected: 'connector c is paused', members: 0 }),
    'disconnected',
    'disconnected because connector c is paused; everything in the topic is durable (no process is running)',
  ],
  [
    'nothing can arrive, the rest is being written',
    facts([partition(9, 4)], { disconnected: 'the source has no slot s', lagSeconds: 2 }),
    'disconnected',
    'disconnected because the source has no slot s; behind by 5 records and 2 s (1 process running)',
  ],
  [
    'nothing can arrive, and the rest is not written either',
    facts([partition(9, 4)], { disconnected: 'connector c is paused', members: 0, lagSeconds: 2 }),
    'stalled',
    'stalled because no process of users is running: behind by 5 records and 2 s',
  ],
  [
    'most records are parked',
    facts([partition(900, 900)], { parked: [parkedShare(900, 900)] }),
    'parked',
    'parked: 900 of the last 900 records of t are dead letters; everything in the topic is durable (1 process running)',
  ],
  [
    'most records were parked when the breaker ended the run',
    facts([partition(5000, 1600)], { parked: [parkedShare(501, 1000)], members: 0, lagSeconds: 60 }),
    'parked',
    'parked: 501 of the last 1000 records of t are dead letters; behind by 3400 records and 60 s (no process is running)',
  ],
  [
    'few records are parked',
    facts([partition(577, 577)], { parked: [parkedShare(12, 577)] }),
    'healthy',
    'healthy: everything in the topic is durable (1 process running)',
  ],
])('the verdict is right for %s', (_, given, state, sentence) => {
  expect(judge(given)).toMatchObject({ state, sentence });
});

test.each([
  ['an unknown share of superseded records', [undefined], null],
  ['half of the records superseded', [0.5], null],
  ['most records of one partition superseded', [0.1, 0.51, 0], 'partition 1 '],
  ['most records of two partitions superseded', [0.9, 0.2, 1], 'partition 0, 2 '],
])('superseded records are a remark only if most of the last 1,000 are: %s (rule 9)', (_, shares, where) => {
  const partitions = shares.map((share, index) => ({
    ...partition(5, 5),
    partition: index,
    ...(share === undefined ? {} : { supersededShare: share }),
  }));
  const { state, remark } = judge(facts(partitions));
  // A replay has superseded records too: this is a remark, not a verdict.
  expect(state).toBe('healthy');
  if (where === null) expect(remark).toBeNull();
  else expect(remark).toMatch(new RegExp(`of ${where}were superseded.*older than the table. Was it reset`));
});

test('lag and counts are sums over partitions, and a checkpoint beyond the log end subtracts nothing', () => {
  const health = judge(facts([partition(10, 4), partition(5, 9), partition(7, 7)], { lagSeconds: 3 }));
  expect(health.lagRecords).toBe(6n);
  expect(health.lagSeconds).toBe(3);
  expect(health.counts).toEqual({ ...zeroCounts, read: 20, applied: 20 });
});

test('with several topics the largest lag counts, and partitions are named with their topics', () => {
  const users = { ...partition(9, 4), topic: 'cdc.public.users', lagSeconds: 7, sourceLagSeconds: 9.5 };
  const orders = { ...partition(9, 8), topic: 'cdc.public.orders', lagSeconds: 30 };
  const idle = { ...partition(5, 5), topic: 'cdc.public.idle', sourceLagSeconds: 0 };
  expect(judge({ pipeline: 'cdc', partitions: [users, orders, idle], members: 1 })).toMatchObject({
    sentence: 'behind by 6 records and 30 s (1 process running)',
    lagSeconds: 30,
    sourceLagSeconds: 9.5,
  });
  const lost = { ...orders, logStart: 20n, logEnd: 30n };
  expect(judge({ pipeline: 'cdc', partitions: [users, lost], members: 1 }).sentence).toBe(
    'stalled because the position is lost in partition cdc.public.orders/0: the log no longer has it',
  );
  expect(judge({ pipeline: 'cdc', partitions: [idle, { ...idle, topic: 'b' }], members: 1 }).sentence).toBe(
    'healthy: everything in the 2 topics is durable (1 process running)',
  );
});

test('a replica with a dead letter, an uncaptured table or a deferred row is not healthy', () => {
  expect(judge(facts([partition(5, 5)], { missing: 1 }))).toMatchObject({
    state: 'parked',
    sentence:
      'parked: 1 record is a dead letter, the replica lacks it; everything in the topic is durable (1 process running)',
  });
  expect(judge(facts([partition(9000, 4)], { missing: 3, lagSeconds: 9, members: 2 })).sentence).toBe(
    'parked: 3 records are dead letters, the replica lacks them; behind by 8996 records and 9 s (2 processes running)',
  );
  const incomplete = 'public.h is not in the publication p any more';
  expect(judge(facts([partition(5, 5)], { incomplete, members: 0 }))).toMatchObject({
    state: 'incomplete',
    sentence: `incomplete because ${incomplete}; everything in the topic is durable (no process is running)`,
  });
  // A fault that affects all tables is reported first.
  expect(judge(facts([partition(5, 5)], { incomplete, missing: 1, disconnected: 'nobody reads it' })).state).toBe(
    'disconnected',
  );
});

test('records behind an open transaction of a producer do not count as durable', () => {
  expect(judge(facts([partition(5, 5)], { unreadable: 4n })).sentence).toBe(
    'healthy: everything that can be read of the topic is durable, 4 offsets wait behind an open transaction of a producer (1 process running)',
  );
});

test('a pipeline with a lost slot is stalled, even if nothing waits in Kafka', () => {
  const slot = { sentence: '', remark: null, broken: 'slot s is lost', secondsToFull: null };
  expect(judge(facts([partition(5, 5)], { slot }))).toMatchObject({
    state: 'stalled',
    sentence: 'stalled because slot s is lost',
  });
});

test('a pipeline with held tables is not healthy, even if its lag is small', () => {
  const { state, sentence } = judge(facts([partition(100, 99)], { lagSeconds: 2, held: ['public.a', 'public.b'] }));
  expect(state).toBe('held');
  expect(sentence).toBe(
    'held: public.a, public.b wait until they are altered at the target; behind by 1 record and 2 s (1 process running)',
  );
});
