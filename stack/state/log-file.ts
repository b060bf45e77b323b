/** The servers' own logs: kept between starts, bounded, and quoted when a server does not come up. */
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const ROLL_ABOVE_BYTES = 10 * 1024 * 1024;

/** Makes ready to append: the folder exists, a log above 10 MB becomes `<file>.1`. Answers the size to read from. */
export async function openLog(file: string): Promise<number> {
  await mkdir(dirname(file), { recursive: true });
  const size = await sizeOf(file);
  if (size <= ROLL_ABOVE_BYTES) return size;
  await rename(file, `${file}.1`);
  return 0;
}

/** The last lines written since `from` bytes, out of at most 32 kB and without Java's stack frames; empty when there is no log. */
export async function logTail(file: string, from = 0, lines = 15): Promise<string> {
  const size = await sizeOf(file);
  const start = Math.max(from, size - 32_768);
  if (size <= start) return '';
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
    // What matters is what was thrown and why, and it would scroll out of sight.
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

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}
