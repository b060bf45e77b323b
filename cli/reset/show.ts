/** What a reset has moved, or would move, for people. */
import { table } from '../output/table.ts';
import type { PartitionMove } from './moves.ts';

/** Offsets that are read again, or not at all; each may have been a record. */
const between = (from: bigint, to: bigint): bigint => (from > to ? from - to : 0n);

/** Prints a line for each partition, and what follows from them. */
export function showMoves(
  pipeline: string,
  moves: readonly PartitionMove[],
  dryRun: boolean,
  print: (line: string) => void,
): void {
  let again = 0n;
  let skipped = 0n;
  const rows = moves.map(({ topic, partition, from, to }) => {
    const back = between(from ?? to, to);
    const forward = between(to, from ?? to);
    again += back;
    skipped += forward;
    return [topic, partition, from ?? 'new', to, back, forward];
  });
  for (const line of table(['topic', 'partition', 'from', 'to', 'read again', 'skipped'], rows, [
    false,
    true,
    true,
    true,
    true,
    true,
  ]))
    print(line);
  print('');
  const parts = [
    ...(again === 0n ? [] : [`read up to ${again} records again`]),
    ...(skipped === 0n ? [] : [`skip up to ${skipped}`]),
  ];
  const does = parts.length === 0 ? 'go on where it is' : parts.join(' and ');
  print(dryRun ? `nothing was changed; without --dry-run ${pipeline} would ${does}` : `${pipeline} will ${does}`);
  if (again > 0n) print('Rows that are newer already stay as they are, and these records count again, as superseded.');
}
