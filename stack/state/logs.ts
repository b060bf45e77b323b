/** The logs of the servers: rotated at a start, quoted when a server does not start, shown and followed by `stack logs`. */
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StackServers } from './state.ts';

/** Size above which a log is rotated at the next start. */
const ROTATE_ABOVE_BYTES = 10 * 1024 * 1024;

/** Most bytes read at once, and the part at the end that is searched for the last lines. */
const CHUNK_BYTES = 1024 * 1024;

/** Milliseconds between two reads of a log that is followed. */
const POLL_INTERVAL_MS = 250;

/** The log file of a server of the stack in `dir`. */
export const logFile = (dir: string, key: keyof StackServers): string => join(dir, 'logs', `${key}.log`);

/** The lines read, and the position of the next read. */
type Read = { readonly lines: readonly string[]; readonly next: number };

/** Prepares a log for appending: creates the folder, and renames a log above 10 MB to `<file>.1`. Returns its size. */
export async function openLog(file: string): Promise<number> {
  await mkdir(dirname(file), { recursive: true });
  const size = await sizeOf(file);
  if (size <= ROTATE_ABOVE_BYTES) return size;
  await rename(file, `${file}.1`);
  return 0;
}

/**
 * The last lines written after byte `from`, from at most 32 kB and without Java's stack frames. Empty when there is no log.
 */
export async function logTail(file: string, from = 0, lines = 15): Promise<string> {
  const size = await sizeOf(file);
  const start = Math.max(from, size - 32_768);
  if (size <= start) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
    // Stack frames would push the message of the exception out of the quoted lines.
    const frame = /^\s+(?:at |\.\.\. \d+ more)/;
    return text
      .split('\n')
      .filter((line) => !frame.test(line))
      .slice(-lines)
      .join('\n');
  } finally {
    await handle.close();
  }
}

/** The last `count` lines, from at most 1 MiB; none when there is no log. */
export async function lastLines(file: string, count: number): Promise<Read> {
  const size = await sizeOf(file);
  const { lines, next } = await linesFrom(file, Math.max(0, size - CHUNK_BYTES));
  // After a start in the middle, the first line is incomplete.
  const whole = size > CHUNK_BYTES ? lines.slice(1) : lines;
  return { lines: count === 0 ? [] : whole.slice(-count), next };
}

/** Calls `print` for every line added after byte `from`, until the signal aborts. */
export async function followLog(
  file: string,
  from: number,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let next = from;
  while (!signal.aborted) {
    // A log that shrank was rotated.
    if ((await sizeOf(file)) < next) next = 0;
    const read = await linesFrom(file, next);
    for (const line of read.lines) print(line);
    next = read.next;
    if (read.lines.length === 0) await delay(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Reads whole lines. An incomplete last line is left to the next read, unless it is longer than a chunk. */
async function linesFrom(file: string, from: number): Promise<Read> {
  const size = await sizeOf(file);
  if (size <= from) return { lines: [], next: from };
  const handle = await open(file, 'r');
  try {
    const wanted = Math.min(size - from, CHUNK_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, from);
    const newline = buffer.lastIndexOf('\n', bytesRead - 1);
    const end = newline === -1 ? (bytesRead === CHUNK_BYTES ? bytesRead : 0) : newline + 1;
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
