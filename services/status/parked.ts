/**
 * Finds pipelines that park most of their records: their target lacks most of the data, even if everything else works. Pure,
 * so that every case can be tested.
 */
import { isFileTopic } from '../../adapters/file/file-topic.ts';
import type { DeadLetterSummary, ParkedShare } from '../../engines/bookkeeping.ts';
import { describeReasons } from '../../pipeline/parked-reasons.ts';

/** Fewest recent records of a partition for a verdict about this partition alone. */
const minRecords = 100;

const isFile = ({ topic }: ParkedShare): boolean => isFileTopic(topic);

/**
 * Describes the first topic or partition most of whose records are dead letters; undefined if there is none. It checks each
 * topic, each partition with at least 100 recent records, and of files and standard input only the one read last.
 */
export function mostlyParked(shares: readonly ParkedShare[]): string | undefined {
  const files = shares.filter(isFile).sort((a, b) => (b.committedAt ?? 0) - (a.committedAt ?? 0));
  const checked = [...shares.filter((one) => !isFile(one)), ...files.slice(0, 1)];
  for (const topic of new Set(checked.map((one) => one.topic))) {
    const partitions = checked.filter((one) => one.topic === topic);
    const sum = { recent: 0, of: 0 };
    for (const { recent, of } of partitions) {
      sum.recent += recent;
      sum.of += of;
    }
    if (isMost(sum)) return `${sum.recent} of the last ${sum.of} records of ${topic} are dead letters`;
    const one = partitions.find((share) => share.most || (share.of >= minRecords && isMost(share)));
    if (one?.most) return `most of all records of ${topic}, partition ${one.partition}, are dead letters`;
    if (one)
      return `${one.recent} of the last ${one.of} records of ${topic}, partition ${one.partition}, are dead letters`;
  }
  return undefined;
}

const isMost = ({ recent, of }: Pick<ParkedShare, 'recent' | 'of'>): boolean => recent * 2 > of && of > 0;

/** Returns `12 records are parked, at 24 offsets: invalid_timestamp ×2 …`; null if there are none. */
export function describeDeadLetters({ records, offsets, more, reasons }: DeadLetterSummary): string | null {
  if (offsets === 0) return null;
  const what = records === 1 ? '1 record is parked' : `${more ? 'at least ' : ''}${records} records are parked`;
  const times = offsets === records ? '' : `, at ${offsets} offsets`;
  const counts = reasons.map(
    ({ code, field, records: count }) => [field === null ? code : `${code} (${field})`, count] as const,
  );
  return `${what}${times}: ${describeReasons(counts)}`;
}
