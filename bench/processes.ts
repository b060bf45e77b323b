/** CPU and memory of processes, from Linux's /proc; unknown on other systems. */
import { readdirSync, readFileSync } from 'node:fs';

/** One process: its parent, and its CPU with that of its ended children, in seconds. */
export type ProcessCpu = { readonly pid: number; readonly parent: number; readonly cpu: number };

/** Linux reports CPU to programs in hundredths of a second, whatever its internal clock is. */
const ticksPerSecond = 100;

/** Parses /proc/<pid>/stat. The name in brackets may contain spaces and brackets. */
export function parseStat(text: string): ProcessCpu {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpu: ticks / ticksPerSecond };
}

/** Peak resident memory in bytes, from /proc/<pid>/status. */
export const parsePeak = (text: string): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;

/** A process and all its descendants. */
export function familyOf(all: readonly ProcessCpu[], root: number): readonly ProcessCpu[] {
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** All running processes; undefined where there is no /proc. */
export function readProcesses(): readonly ProcessCpu[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = readOf(pid, 'stat');
    return stat === undefined ? [] : [parseStat(stat)];
  });
}

/** Peak memory of one process so far, in bytes; 0 if it has ended. Unlike getrusage, it does not include the parent's memory. */
export const readPeak = (pid: number): number => parsePeak(readOf(String(pid), 'status') ?? '');

/** Undefined if the process has ended meanwhile. */
function readOf(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
