/** What processes cost, as Linux tells it in /proc; elsewhere it is unknown. */
import { readdirSync, readFileSync } from 'node:fs';

/** One process: its parent, its CPU and that of its children that have ended, in seconds. */
export type ProcessCpu = { readonly pid: number; readonly parent: number; readonly cpu: number };

/** Linux counts CPU for programs in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100;

/** Reads /proc/<pid>/stat. The name in brackets may hold spaces and brackets. */
export function parseStat(text: string): ProcessCpu {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpu: ticks / ticksPerSecond };
}

/** Most memory that was resident, in bytes, from /proc/<pid>/status. */
export const parsePeak = (text: string): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;

/** A process and all that descend from it. */
export function familyOf(all: readonly ProcessCpu[], root: number): readonly ProcessCpu[] {
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** All that run now; undefined where there is no /proc. */
export function readProcesses(): readonly ProcessCpu[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = readOf(pid, 'stat');
    return stat === undefined ? [] : [parseStat(stat)];
  });
}

/** Most memory of one process so far, in bytes; 0 when it has ended. Unlike getrusage it knows nothing of the parent's. */
export const readPeak = (pid: number): number => parsePeak(readOf(String(pid), 'status') ?? '');

/** Undefined when the process ended meanwhile. */
function readOf(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
