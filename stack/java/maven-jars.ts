/**
 * Fetches the jars of one of our poms with Maven, once, into a cache folder. Maven copies or unpacks them into a temporary
 * folder, which is renamed when complete, so that an interrupted download never counts as complete.
 */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';
import { findJava, type Java } from './java.ts';
import { findMaven, type Maven, mavenReason } from './maven.ts';

export type JarsOptions = {
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/** What to fetch, and its names in messages. */
export type JarSet = {
  readonly pom: string;
  /** The property of the pom that names the version. */
  readonly versionProperty: string;
  /** First part of the folder's name in the cache. */
  readonly folderPrefix: string;
  /** Subfolder for the jars; the cached folder itself when absent. */
  readonly inside?: string;
  /** The server that needs the jars, with which reported lines begin. */
  readonly server: string;
  /** Its name in messages. */
  readonly product: string;
  /** Approximate size of the download. */
  readonly megabytes: number;
  /** Unpacks the files of the jars that match, instead of copying the jars: patterns of Maven, separated by commas. */
  readonly unpack?: string;
  /** Called with the temporary folder, before it is renamed. */
  readonly complete?: (folder: string) => Promise<void>;
};

/** A folder in the cache and the version of its jars. */
export type Jars = { readonly folder: string; readonly version: string };

/** Named in full, so that Maven need not look up the plug-in `dependency` in a repository. */
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
/** A first fetch takes seconds to a minute; a slower network counts as failed. */
const FETCH_LIMIT_MS = 300_000;
/**
 * Maven prints a line for each file. Without output for this time the network drops packets, and Maven would wait on. It
 * prints nothing while it fetches and unpacks one large file.
 */
const SILENCE_LIMIT_MS = 60_000;
const PROGRESS_MS = 10_000;

/**
 * The folder with all jars of the set, fetched now if it is not in the cache. Without `java` it is looked for only then.
 * Throws PrerequisiteError as `findJava`, `maven-missing`, or `maven-failed` with Maven's own reason (no network, no disk).
 */
export async function fetchedJars(set: JarSet, java: Java | undefined, options: JarsOptions): Promise<Jars> {
  const jars = await cachedJars(set, options.cacheDir);
  if (await exists(jars.folder)) return jars;
  const runtime = java ?? (await findJava(process.env, options.signal));
  await fetchJars(set, jars, await findMaven(runtime, process.env, options.signal), options);
  return jars;
}

/** The cache folder of the jars, fetched or not. */
export async function cachedJars(set: JarSet, cacheDir: string): Promise<Jars> {
  const pom = await readFile(set.pom, 'utf8');
  const version = pomProperty(pom, set.versionProperty);
  if (version === undefined) throw new Error(`${set.pom} names no ${set.versionProperty}`);
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  return { folder: join(cacheDir, `${set.folderPrefix}-${version}-${digest}`), version };
}

/** The value of a property that a pom declares. */
export function pomProperty(pom: string, name: string): string | undefined {
  return new RegExp(`<${name.replaceAll('.', '\\.')}>([^<]+)<`).exec(pom)?.[1];
}

async function fetchJars(set: JarSet, { folder, version }: Jars, maven: Maven, options: JarsOptions): Promise<void> {
  const { server, product, pom } = set;
  const started = Date.now();
  const partial = `${folder}.partial-${randomUUID()}`;
  const output = set.inside === undefined ? partial : join(partial, set.inside);
  await mkdir(options.cacheDir, { recursive: true });
  options.report(
    `${server}: fetching ${product} ${version} with Maven ${maven.version}, about ${set.megabytes} MB, only the first time`,
  );
  let files = 0;
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    options.report(`${server}: ${files === 0 ? `still fetching after ${seconds} s` : `${files} files fetched so far`}`);
  }, PROGRESS_MS);
  try {
    const ran = await runCommand(maven.command, mavenArguments(set, partial, output), {
      limitMs: FETCH_LIMIT_MS,
      silenceMs: set.unpack === undefined ? SILENCE_LIMIT_MS : FETCH_LIMIT_MS,
      onOutput: (text) => {
        files += text.split('Downloaded from').length - 1;
      },
      env: maven.env,
      signal: options.signal,
    });
    if (ran.code !== 0) {
      throw new PrerequisiteError(
        'maven-failed',
        `Maven could not fetch ${product} ${version}: ${ran.problem === undefined ? mavenReason(ran.output) : `it ${ran.problem}`}`,
        `connect to a Maven repository (or set a mirror in ~/.m2/settings.xml), then try: mvn -f ${pom} dependency:resolve`,
      );
    }
    await set.complete?.(output);
    const size = await folderBytes(output);
    await rename(partial, folder).catch(async (error: unknown) => {
      // Another stack with the same cache fetched the same jars first.
      if (!(await exists(folder))) throw error;
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    options.report(
      `${server}: fetched ${(size.bytes / 1e6).toFixed(0)} MB in ${size.files} ${set.unpack === undefined ? 'jars' : 'files'}, ${seconds} s`,
    );
  } finally {
    clearInterval(progress);
    await rm(partial, { recursive: true, force: true });
  }
}

function mavenArguments({ pom, unpack }: JarSet, partial: string, outputDirectory: string): string[] {
  return [
    '-B',
    // Without -U Maven caches a failed download for a day and does not retry it.
    '-U',
    // By default Maven waits half an hour for a repository that accepts connections and never answers.
    '-Daether.connector.connectTimeout=10000',
    '-Daether.connector.requestTimeout=60000',
    '-Dmaven.wagon.http.retryHandler.count=1',
    '-f',
    pom,
    `-DoutputDirectory=${outputDirectory}`,
    '-DincludeScope=runtime',
    ...(unpack === undefined ? [`${PLUGIN}:copy-dependencies`] : unpackArguments(unpack, partial)),
  ];
}

const unpackArguments = (patterns: string, partial: string): string[] => [
  `-Dmdep.unpack.includes=${patterns}`,
  // By default Maven writes its marks, which prevent a second unpacking, into a folder beside the pom.
  `-DmarkersDirectory=${join(partial, '.unpacked')}`,
  `${PLUGIN}:unpack-dependencies`,
];

async function folderBytes(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true });
  const found = await Promise.all(entries.map((entry) => stat(join(folder, entry))));
  const files = found.filter((entry) => entry.isFile());
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
