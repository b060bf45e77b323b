/** The output of `status` while one server is unreachable: record counts from the database, or topics and members from Kafka. */

import type { Checkpoint } from '../../engines/bookkeeping.ts';
import { addCounts, zeroCounts } from '../../pipeline/batch.ts';
import { formatSeconds } from '../../services/status/format.ts';
import type { TopicFacts } from '../../services/status/status.ts';
import { table } from '../output/table.ts';
import type { Context } from '../program/verb.ts';

/** The pipeline and the output format. */
export type StatusRequest = {
  readonly pipeline: string;
  /** The product of the database, such as `PostgreSQL`. */
  readonly product: string;
  readonly json: boolean;
};

const asNumber = (_: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);

/** Without Kafka: prints the checkpoints with their record counts. The lag is unknown. */
export function showCountsOnly(
  { pipeline, product, json }: StatusRequest,
  checkpoints: readonly Checkpoint[],
  print: Context['print'],
) {
  const counts = checkpoints.reduce((sum, one) => addCounts(sum, one.counts), zeroCounts);
  const sentence = `unknown: Kafka does not answer; these are the record counts in ${product}`;
  const partitions = checkpoints.map(({ topic, partition, nextOffset, counts: of, commitAge }) => ({
    topic,
    partition,
    nextOffset,
    counts: of,
    commitAge,
  }));
  if (json) return print(JSON.stringify({ state: 'unknown', sentence, pipeline, counts, partitions }, asNumber));
  print(sentence);
  print('');
  const cellsOf = (of: typeof counts) => [of.read, of.applied, of.superseded, of.filtered, of.parked];
  const rows = partitions.map(({ topic, partition, nextOffset, counts: of, commitAge }) => [
    topic,
    partition,
    nextOffset,
    ...cellsOf(of),
    commitAge === null ? 'never' : `${formatSeconds(commitAge)} ago`,
  ]);
  const sum = rows.length > 1 ? [['sum', null, null, ...cellsOf(counts), null]] : [];
  const heads = ['topic', 'partition', 'next', 'read', 'applied', 'superseded', 'filtered', 'parked', 'last commit'];
  const right = heads.map((head) => head !== 'topic');
  for (const line of table(heads, [...rows, ...sum], right)) print(line);
}

/** Without the database: prints the offsets of the topic and the number of group members. */
export function showTopicOnly(
  { pipeline, product, json }: StatusRequest,
  topic: string,
  { members, ranges }: TopicFacts,
  print: Context['print'],
): void {
  const processes = `${members} ${members === 1 ? 'process is' : 'processes are'} running`;
  const sentence = `unknown: ${product} does not answer; Kafka answers, and ${processes}`;
  if (json) {
    const facts = { state: 'unknown', sentence, pipeline, topic, members, ranges: ranges ?? [] };
    print(JSON.stringify(facts, asNumber));
    return;
  }
  print(sentence);
  if (ranges === null) return;
  print('');
  const rows = ranges.map(({ partition, low, high }) => [topic, partition, low, high]);
  for (const line of table(['topic', 'partition', 'log start', 'log end'], rows, [false, true, true, true]))
    print(line);
}
