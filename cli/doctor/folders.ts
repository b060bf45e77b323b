/** Folders Sluice writes to. Tried out by writing, because permission bits tell little to root and to odd file systems. */
import { mkdir, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '../../pipeline/errors.ts';
import { type Finding, fault, faultIf, note, ok } from './finding.ts';

/** Less than this will not hold Kafka, its jars and a PostgreSQL for long. */
const littleSpace = 1024 ** 3;

/** The folder of the local stack. */
export async function checkStackFolder(dir: string, needed: boolean): Promise<Finding> {
  const check = 'stack folder';
  const problem = await whyNotWritable(dir);
  if (problem !== undefined) {
    const advice = 'export SLUICE_DIR="$HOME/.sluice"   (a folder this user may write)';
    return faultIf(needed, check, `${dir} cannot be written: ${problem}`, advice);
  }
  const free = await freeBytes(dir);
  if (free === undefined || free >= littleSpace) return ok(check, `${dir} can be written`);
  const mebibytes = Math.floor(free / 1024 ** 2);
  return note(check, `${dir} can be written, but only ${mebibytes} MiB are free`, `df -h '${dir}'`);
}

/** The folder for temporary files. */
export async function checkTemporaryFolder(dir: string = tmpdir()): Promise<Finding> {
  const problem = await whyNotWritable(dir);
  if (problem === undefined) return ok('temporary folder', `${dir} can be written`);
  return fault(
    'temporary folder',
    `${dir} cannot be written: ${problem}`,
    'export TMPDIR="$HOME/tmp" && mkdir -p "$TMPDIR"',
  );
}

/** Makes the folder if need be, writes a file, and leaves everything as it was. */
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
    // rmdir takes nothing with it that somebody else put there in the meantime.
    for (const folder of made) await rmdir(folder).catch(() => undefined);
  }
}

/** From the top. Not by a recursive mkdir, which Node 20 repeats for ever in file systems such as /proc. */
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

/** Of the nearest folder above that is there. */
async function freeBytes(dir: string): Promise<number | undefined> {
  for (let folder = dir; ; folder = dirname(folder)) {
    const found = await statfs(folder).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (folder === dirname(folder)) return undefined;
  }
}
