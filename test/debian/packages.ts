/** Programs from Debian's packages, unpacked into the cache without installing them. Works as any user. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../stack/processes/run-command.ts';
import { DEFAULT_DIR } from '../../stack/stack.ts';

/** The machine cannot have the programs: it has no apt, or its repositories lack them. A reason to skip, not a failure. */
export class NotOnThisMachine extends Error {
  override readonly name = 'NotOnThisMachine';
}

export type Wanted = {
  /** First part of the folder's name in the cache. */
  readonly name: string;
  /** Packages to unpack; of alternatives (`a|b`) the first one that exists. */
  readonly packages: readonly string[];
  /** A suite of Debian other than the machine's, such as `sid`. All packages that these depend on are unpacked, too. */
  readonly suite?: string;
  /** Throws NotOnThisMachine when this version of the first package does not suffice. */
  readonly accept?: (version: string) => void;
};

/** Longest time of one command of apt. */
const APT_LIMIT_MS = 240_000;

/** The folder with the unpacked packages, fetched now unless it is in the cache. */
export async function unpackedPackages(wanted: Wanted): Promise<string> {
  const cache = join(DEFAULT_DIR, 'cache');
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 8);
  const folder = join(cache, `${wanted.name}-${digest}`);
  if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  const work = `${folder}.partial`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'root'), { recursive: true });
  try {
    const apt = await ownApt(work, wanted.suite);
    await apt('apt-get', 'update');
    const packages = await choose(wanted.packages, apt);
    wanted.accept?.(packages[0]?.version ?? '');
    const names = packages.map(({ name }) => name);
    if (wanted.suite === undefined) await apt('apt-get', 'download', ...names);
    else await apt('apt-get', 'install', '--yes', '--download-only', '--no-install-recommends', ...names);
    const archives = wanted.suite === undefined ? work : join(work, 'cache', 'archives');
    for (const file of (await readdir(archives)).filter((one) => one.endsWith('.deb')))
      await command(archives, 'dpkg-deb', '--extract', file, join(work, 'root'));
    await rename(join(work, 'root'), folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type Package = { readonly name: string; readonly version: string };
type Apt = (program: 'apt-get' | 'apt-cache', ...args: string[]) => Promise<string>;

/** apt with its own lists and cache, so that it needs no rights and leaves the machine's as they are. */
async function ownApt(work: string, suite: string | undefined): Promise<Apt> {
  const version = await runCommand('apt-get', ['--version'], { limitMs: 20_000 });
  if (version.code !== 0) throw new NotOnThisMachine('this machine has no apt-get');
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(work, folder), { recursive: true });
  const options = ['-o', `Dir::State=${join(work, 'state')}`, '-o', `Dir::Cache=${join(work, 'cache')}`];
  if (suite !== undefined) {
    const list = join(work, 'sources.list');
    await writeFile(list, `deb ${await debianSite(work)} ${suite} main\n`);
    options.push('-o', `Dir::Etc::SourceList=${list}`, '-o', 'Dir::Etc::SourceParts=/dev/null');
    // As if nothing were installed, so that apt fetches every library; and without the lock of the machine's apt.
    options.push('-o', 'Dir::State::Status=/dev/null', '-o', 'Debug::NoLocking=1');
  }
  return (program, ...args) => command(work, program, '-q', ...options, ...args);
}

/** The repository of Debian that this machine uses. */
async function debianSite(work: string): Promise<string> {
  const targets = await command(
    work,
    'apt-get',
    'indextargets',
    '--format',
    '$(ORIGIN) $(SITE)',
    'Created-By: Packages',
  );
  const sites = targets.split('\n').flatMap((line) => /^Debian (\S+)$/.exec(line.trim())?.[1] ?? []);
  const site = sites.find((one) => !one.includes('security'));
  if (site === undefined) throw new NotOnThisMachine('apt of this machine has no repository of Debian');
  return site;
}

/** The first known package of each alternative. */
async function choose(packages: readonly string[], apt: Apt): Promise<readonly Package[]> {
  const policy = await apt('apt-cache', 'policy', ...packages.flatMap((alternatives) => alternatives.split('|')));
  // A version may begin with an epoch. `(none)` is a name without a package.
  const known = [...policy.matchAll(/^(\S+):\n(?: .*\n)*? {2}Candidate: (?:\d+:)?(\d\S*)$/gm)];
  const versions = new Map(known.map(([, name = '', version = '']) => [name, version]));
  return packages.map((alternatives) => {
    const name = alternatives.split('|').find((one) => versions.has(one));
    if (name === undefined) throw new NotOnThisMachine(`apt of this machine has no package ${alternatives}`);
    return { name, version: versions.get(name) ?? '' };
  });
}

async function command(cwd: string, program: string, ...args: string[]): Promise<string> {
  const ran = await runCommand(program, args, { cwd, limitMs: APT_LIMIT_MS, env: { ...process.env, LC_ALL: 'C' } });
  if (ran.code === 0) return ran.output;
  throw new Error(`${program} ${args.at(-1)} failed: ${ran.problem ?? ran.output.trim().slice(-1500)}`);
}
