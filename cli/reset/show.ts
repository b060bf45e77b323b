/** The output of `sluice reset` for people. */
import { table } from '../output/table.ts';
import type { PartitionMove } from './moves.ts';

/** Returns how many offsets lie between `to` and a later `from`. Each may be a record. */
const offsetsBack = (from: bigint, to: bigint): bigint => (from > to ? from - to : 0n);

/** Prints a line for each partition, then how many records are read again or skipped. */
export function showMoves(
  pipeline: string,
  moves: readonly PartitionMove[],
  dryRun: boolean,
  print: (line: string) => void,
): void {
  let again = 0n;
  let skipped = 0n;
  const rows = moves.map(({ topic, partition, from, to }) => {
    const back = offsetsBack(from ?? to, to);
    const forward = offsetsBack(to, from ?? to);
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
  const does = parts.length === 0 ? 'continue where it is' : parts.join(' and ');
  print(dryRun ? `nothing was changed; without --dry-run ${pipeline} would ${does}` : `${pipeline} will ${does}`);
  if (again > 0n) print('Rows that are already newer do not change; their records count again, as superseded.');
}
