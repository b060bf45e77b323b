/** The logs of the stack's servers: their last lines, and what is added to them. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackServers } from './state.ts';

/** Bytes from the end in which the last lines are looked for, and most that is read at once. */
const CHUNK = 1024 * 1024;

/** Milliseconds between two looks at a log that is followed. */
const LOOK_EVERY_MS = 250;

/** The file that a server of the stack in `dir` writes its log to. */
export const logFile = (dir: string, key: keyof StackServers): string => join(dir, 'logs', `${key}.log`);

/** What was read, and where to go on. */
type Read = { readonly lines: readonly string[]; readonly next: number };

/** The last `count` lines, out of at most 1 MiB; none when there is no log. */
export async function lastLines(file: string, count: number): Promise<Read> {
  const size = await sizeOf(file);
  const { lines, next } = await linesFrom(file, Math.max(0, size - CHUNK));
  // Read from the middle, the first line is half of one.
  const whole = size > CHUNK ? lines.slice(1) : lines;
  return { lines: count === 0 ? [] : whole.slice(-count), next };
}

/** Gives every line that is added from byte `from` on to `print`, until the signal aborts. */
export async function followLog(
  file: string,
  from: number,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let next = from;
  while (!signal.aborted) {
    // A log that became smaller was begun anew.
    if ((await sizeOf(file)) < next) next = 0;
    const read = await linesFrom(file, next);
    for (const line of read.lines) print(line);
    next = read.next;
    if (read.lines.length === 0) await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whole lines only: the rest of one that is being written is read the next time, unless it is longer than a chunk. */
async function linesFrom(file: string, from: number): Promise<Read> {
  const size = await sizeOf(file);
  if (size <= from) return { lines: [], next: from };
  const handle = await open(file, 'r');
  try {
    const wanted = Math.min(size - from, CHUNK);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, from);
    const newline = buffer.lastIndexOf('\n', bytesRead - 1);
    const end = newline === -1 ? (bytesRead === CHUNK ? bytesRead : 0) : newline + 1;
    if (end === 0) return { lines: [], next: from };
    const text = buffer.toString('utf8', 0, end);
    return { lines: text.replace(/\r?\n$/, '').split(/\r?\n/), next: from + end };
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
