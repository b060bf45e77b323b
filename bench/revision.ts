/** Revisions of this repository, from git. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const git = async (root: string, ...args: readonly string[]): Promise<string> =>
  (await run('git', ['-C', root, ...args])).stdout.trim();

/** The commit of the files in `root`. Throws if tracked files other than `except` differ from it. */
export async function cleanCommit(root: string, except: string): Promise<string> {
  const changed = (await git(root, 'status', '--porcelain', '--untracked-files=no'))
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith(except));
  if (changed.length > 0) throw new Error(`results are recorded of a commit, and these files differ: ${changed}`);
  return await git(root, 'rev-parse', 'HEAD');
}

/** Runs `work` with a revision checked out in a temporary folder, which shares the installed packages. */
export async function withRevision<T>(root: string, ref: string, work: (folder: string) => Promise<T>): Promise<T> {
  const commit = await git(root, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => {
    throw new Error(`git knows no commit ${ref}`);
  });
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'sluice-revision-')));
  const folder = join(dir, 'checkout');
  try {
    await git(root, 'worktree', 'add', '--detach', folder, commit);
    await access(join(folder, 'bench', 'layer-process.ts')).catch(() => {
      throw new Error(`${ref} is older than this benchmark: it has no processes that can be measured`);
    });
    await symlink(await realpath(join(root, 'node_modules')), join(folder, 'node_modules'));
    return await work(folder);
  } finally {
    await rm(dir, { recursive: true, force: true });
    await git(root, 'worktree', 'prune');
  }
}
