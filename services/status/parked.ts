/**
 * Whether a pipeline parks most of what comes: then its target lacks most of the data, however well everything runs.
 * Pure, so that every case can be tested.
 */
import type { DeadLetterSummary, ParkedShare } from '../../engines/postgres/dead-letters/dead-letter-summary.ts';
import { describeReasons } from '../../pipeline/parked-reasons.ts';

/** Records below which a single partition of several says too little. */
const tellingRecords = 100;

const isFile = ({ topic }: ParkedShare): boolean => /^(file|stdin):/.test(topic);

/**
 * What is parked mostly, in words; undefined when nothing is. Looked at is each topic by itself, each partition that has
 * brought at least 100 records, and of files and standard input the one that was read last.
 */
export function mostlyParked(shares: readonly ParkedShare[]): string | undefined {
  const files = shares.filter(isFile).sort((a, b) => (b.committedAt ?? 0) - (a.committedAt ?? 0));
  const looked = [...shares.filter((one) => !isFile(one)), ...files.slice(0, 1)];
  for (const topic of new Set(looked.map((one) => one.topic))) {
    const partitions = looked.filter((one) => one.topic === topic);
    const sum = { recent: 0, of: 0 };
    for (const { recent, of } of partitions) {
      sum.recent += recent;
      sum.of += of;
    }
    if (isMost(sum)) return `${sum.recent} of the last ${sum.of} records of ${topic} are dead letters`;
    const one = partitions.find((share) => share.most || (share.of >= tellingRecords && isMost(share)));
    if (one?.most) return `most of all records of ${topic}, partition ${one.partition}, are dead letters`;
    if (one)
      return `${one.recent} of the last ${one.of} records of ${topic}, partition ${one.partition}, are dead letters`;
  }
  return undefined;
}

const isMost = ({ recent, of }: Pick<ParkedShare, 'recent' | 'of'>): boolean => recent * 2 > of && of > 0;

/** `12 records are parked, at 24 offsets: invalid_timestamp ×2 …`; null when there are none. */
export function describeDeadLetters({ records, letters, more, reasons }: DeadLetterSummary): string | null {
  if (letters === 0) return null;
  const what = records === 1 ? '1 record is parked' : `${more ? 'at least ' : ''}${records} records are parked`;
  const times = letters === records ? '' : `, at ${letters} offsets`;
  const counts = reasons.map(
    ({ code, field, records: count }) => [field === null ? code : `${code} (${field})`, count] as const,
  );
  return `${what}${times}: ${describeReasons(counts)}`;
}
