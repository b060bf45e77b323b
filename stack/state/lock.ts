/**
 * Ensures that only one command at a time changes a stack. The lock is a file with its owner's pid and start time, by which
 * the lock of a killed process is recognized as stale and replaced.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '../processes/process.ts';
import { waitFor } from '../processes/wait.ts';

/** Longer than a first start with its download may take. */
const WAIT_LIMIT_MS = 420_000;
/** Age from which an unreadable lock is broken rather than still being written. */
const BROKEN_AFTER_MS = 5000;

export type LockOptions = {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly limitMs?: number;
};

/** Runs `work` while no other process and no other call in this process works on the stack in `dir`. */
export async function withLock<T>(dir: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'stack.lock');
  const mine = JSON.stringify({ ...identify(process.pid), token: randomUUID() });
  const limitMs = options.limitMs ?? WAIT_LIMIT_MS;
  let reported = false;
  const got = await waitFor(
    async () => {
      if (await create(file, mine)) return true;
      const held = await readLock(file);
      if (held === undefined) return undefined;
      if (held.stale) await removeStale(file, held.text);
      else if (!reported) {
        options.report(`waiting for process ${held.owner?.pid ?? '?'}, which is working on the stack in ${dir}`);
        reported = true;
      }
      return undefined;
    },
    { limitMs, everyMs: 100, signal: options.signal },
  );
  if (got === undefined) {
    throw new Error(`another process worked on the stack in ${dir} for ${limitMs / 1000} s (its lock: ${file})`);
  }
  try {
    return await work();
  } finally {
    if ((await readLock(file))?.text === mine) await rm(file, { force: true });
  }
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

type Held = { readonly text: string; readonly owner: ProcessIdentity | undefined; readonly stale: boolean };

async function readLock(file: string): Promise<Held | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const owner = parseOwner(text);
    if (owner !== undefined) return { text, owner, stale: !isRunning(owner) };
    return { text, owner, stale: Date.now() - (await stat(file)).mtimeMs > BROKEN_AFTER_MS };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Record<string, unknown>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    // Partly written, or not ours. Its age decides whether it is stale.
    return undefined;
  }
}

/** Removes a stale lock. Two waiters may see the same one; a waiter that moves a newer lock by mistake puts it back. */
async function removeStale(file: string, seen: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== seen) await link(aside, file);
    await rm(aside, { force: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
