/** The output of `status` for people: the verdict, the remarks, one line for each partition, and their sum. */

import { isFileTopic } from '../../adapters/file/file-topic.ts';
import { formatSeconds } from '../../services/status/format.ts';
import { lagOf, type PartitionFacts } from '../../services/status/health.ts';
import type { StatusReport } from '../../services/status/status.ts';
import { table, terminalWidth, width } from '../output/table.ts';

/** The report; its `remark` contains all remarks. */
export type Report = StatusReport;

type Cell = string | number | bigint | null;
type Column = {
  readonly head: string;
  readonly of: (one: PartitionFacts) => Cell;
  /** Value in the line of sums. */
  readonly sum: Cell;
};

/** Prints the report. */
export function show(report: Report, print: (line: string) => void): void {
  const { sentence, remark, slot } = report;
  print(sentence);
  if (slot !== undefined && slot.broken === undefined) print(slot.sentence);
  if (remark !== null) print(remark);
  print('');
  for (const line of partitionTables(report, terminalWidth())) print(line);
}

/** Returns one table, or several on a narrow terminal, each of which repeats the partition. */
export function partitionTables(report: Report, terminal: number | null): string[] {
  const { partitions } = report;
  const linesOf = (columns: readonly Column[]): string[] => {
    const rows = partitions.map((one) => columns.map(({ of }) => of(one)));
    const sum = partitions.length > 1 ? [columns.map((column) => column.sum)] : [];
    const heads = columns.map(({ head }) => head);
    return table(
      heads,
      [...rows, ...sum],
      heads.map((head) => head !== 'topic'),
    );
  };
  const fits = (columns: readonly Column[]) =>
    terminal === null || linesOf(columns).every((line) => width(line) <= terminal);
  const columns = columnsOf(report);
  const names = columns.filter(({ head }) => head === 'topic' || head === 'partition');
  const tables: Column[][] = [[...names]];
  for (const column of columns.filter((one) => !names.includes(one))) {
    const last = tables.at(-1) ?? [];
    if (last.length === names.length || fits([...last, column])) last.push(column);
    else tables.push([...names, column]);
  }
  return tables.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...linesOf(one)]);
}

function columnsOf({ topics, partitions, counts, lagRecords, lagSeconds, sourceLagSeconds }: Report): Column[] {
  const files = topics.some(isFileTopic);
  const hasSourceLag = partitions.some((one) => one.sourceLagSeconds !== null);
  const topic: Column = { head: 'topic', of: (one) => one.topic, sum: 'sum' };
  const several = files || topics.length > 1;
  return [
    ...(several ? [topic] : []),
    ...(files ? [] : [{ head: 'partition', of: (one: PartitionFacts) => one.partition, sum: several ? null : 'sum' }]),
    { head: 'log end', of: (one) => one.logEnd, sum: null },
    { head: 'next', of: (one) => one.nextOffset, sum: null },
    { head: 'lag', of: lagOf, sum: lagRecords },
    { head: 'age', of: (one) => formatSeconds(one.lagSeconds ?? 0), sum: formatSeconds(lagSeconds) },
    ...(hasSourceLag ? [{ head: 'source lag', of: sourceLag, sum: sourceLag({ sourceLagSeconds }) }] : []),
    { head: 'read', of: (one) => one.counts.read, sum: counts.read },
    { head: 'applied', of: (one) => one.counts.applied, sum: counts.applied },
    { head: 'superseded', of: (one) => one.counts.superseded, sum: counts.superseded },
    { head: 'filtered', of: (one) => one.counts.filtered, sum: counts.filtered },
    { head: 'parked', of: (one) => one.counts.parked, sum: counts.parked },
    {
      head: 'last commit',
      of: ({ commitAge }) => (commitAge === null ? 'never' : `${formatSeconds(commitAge)} ago`),
      sum: null,
    },
  ];
}

/** Lag by commit time at the source; null if events do not contain it. */
const sourceLag = ({ sourceLagSeconds }: Pick<PartitionFacts, 'sourceLagSeconds'>): string | null =>
  sourceLagSeconds === null ? null : formatSeconds(sourceLagSeconds);
