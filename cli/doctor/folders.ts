/** Checks the folders that Sluice writes to, by writing: permission bits do not hold for root and for some file systems. */
import { mkdir, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../pipeline/errors.ts';
import { type Finding, fault, faultIf, note, ok } from './finding.ts';

/** Space for Kafka, its jars and a PostgreSQL with some data. */
const minFreeBytes = 1024 ** 3;

/** Checks the folder of the local stack. */
export async function checkStackFolder(dir: string, needed: boolean): Promise<Finding> {
  const check = 'stack folder';
  const problem = await whyNotWritable(dir);
  if (problem !== undefined) {
    const advice = 'export SLUICE_DIR="$HOME/.sluice"   (a folder this user may write)';
    return faultIf(needed, check, `${dir} cannot be written: ${problem}`, advice);
  }
  const free = await freeBytes(dir);
  if (free === undefined || free >= minFreeBytes) return ok(check, `${dir} can be written`);
  const mebibytes = Math.floor(free / 1024 ** 2);
  return note(check, `${dir} can be written, but only ${mebibytes} MiB are free`, `df -h '${dir}'`);
}

/** Checks the folder for temporary files. */
export async function checkTemporaryFolder(dir: string = tmpdir()): Promise<Finding> {
  const problem = await whyNotWritable(dir);
  if (problem === undefined) return ok('temporary folder', `${dir} can be written`);
  return fault(
    'temporary folder',
    `${dir} cannot be written: ${problem}`,
    'export TMPDIR="$HOME/tmp" && mkdir -p "$TMPDIR"',
  );
}

/** Creates the folder if it is missing, writes a file, and removes both again. Returns the error, if any. */
async function whyNotWritable(dir: string): Promise<string | undefined> {
  const made: string[] = [];
  try {
    for (const folder of await missingFolders(dir)) {
      await mkdir(folder);
      made.unshift(folder);
    }
    const file = join(dir, `.doctor-${process.pid}`);
    await writeFile(file, 'sluice');
    await rm(file);
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    // rmdir keeps a folder into which another process has written meanwhile.
    for (const folder of made) await rmdir(folder).catch(() => undefined);
  }
}

/** Lists missing folders from the top. A recursive mkdir loops forever on file systems such as /proc (Node 20). */
async function missingFolders(dir: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = dir; ; folder = dirname(folder)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (found !== undefined) return missing;
    missing.unshift(folder);
  }
}

/** Returns the free space at the nearest existing parent folder. */
async function freeBytes(dir: string): Promise<number | undefined> {
  for (let folder = dir; ; folder = dirname(folder)) {
    const found = await statfs(folder).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (folder === dirname(folder)) return undefined;
  }
}
