/**
 * Chooses the folder for the data of a database server: `<dir>/postgres` (or `source`, `mariadb`). When the server's account cannot reach that
 * folder (for example below a folder of root with mode 0700), a folder outside `dir` is used. The permissions of the user's
 * own folders are never changed.
 */
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command.ts';
import type { Account } from './account.ts';

/** A file that names the stack to which an outside folder belongs. A folder without it is never touched. */
const MARKER = 'belongs-to';

/** Possible folders for the data of a server, best first; `folder` is the name within `dir`. */
export async function possibleHomes(dir: string, folder = 'postgres'): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const name = `sluice-${createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 12)}${folder === 'postgres' ? '' : `-${folder}`}`;
  return [join(dir, folder), join('/var/lib', name), join(tmpdir(), name)];
}

/** Creates and returns the first folder in which the account can write, which is tested by writing. */
export async function makeHome(dir: string, account: Account | undefined, folder = 'postgres'): Promise<string> {
  const [inside = join(dir, folder), ...outside] = await possibleHomes(dir, folder);
  await mkdir(inside, { recursive: true });
  if (account === undefined) return inside;
  await own(inside, account);
  const problems = [await whyNotWritable(inside, account)];
  if (problems[0] === undefined) return inside;
  await rm(inside, { recursive: true, force: true });
  for (const home of outside) {
    const problem = await claim(home, dir).then(
      async () => {
        await own(home, account);
        return whyNotWritable(home, account);
      },
      (error: Error) => error.message,
    );
    if (problem === undefined) return home;
    problems.push(problem);
    if (await belongsTo(home, dir)) await rm(home, { recursive: true, force: true });
  }
  throw new Error(
    `user ${account.name} can write to none of ${[inside, ...outside].join(', ')}: ${problems.join('; ')}`,
  );
}

/** True when the outside folder was created for the stack in `dir` by this user, and is not a link. */
export async function belongsTo(home: string, dir: string): Promise<boolean> {
  const found = await lstat(home).catch(() => undefined);
  if (!found?.isDirectory()) return false;
  const marker = await lstat(join(home, MARKER)).catch(() => undefined);
  if (!marker?.isFile() || marker.uid !== process.getuid?.()) return false;
  return (await readFile(join(home, MARKER), 'utf8')) === (await realpath(dir));
}

async function claim(home: string, dir: string): Promise<void> {
  if (await belongsTo(home, dir)) return;
  // Not recursive, so that it fails when another user has created the folder in a shared temporary folder.
  await mkdir(home, { mode: 0o700 });
  await writeFile(join(home, MARKER), await realpath(dir), { flag: 'wx' });
}

async function own(home: string, account: Account): Promise<void> {
  await chown(home, account.uid, account.gid);
  await chmod(home, 0o700);
}

async function whyNotWritable(home: string, account: Account): Promise<string | undefined> {
  const ran = await runCommand('/bin/sh', ['-c', 'cd "$0" && : > .reach', home], {
    limitMs: 10_000,
    cwd: '/',
    uid: account.uid,
    gid: account.gid,
  });
  await rm(join(home, '.reach'), { force: true });
  return ran.code === 0 ? undefined : (ran.problem ?? ran.output.trim());
}
