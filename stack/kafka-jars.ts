/**
 * The jars of Apache Kafka, fetched once by Maven from `kafka/pom.xml` into a cache folder. They are copied into a
 * temporary folder and renamed when complete, so an interrupted download is never taken for a whole one.
 */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Java } from './java.ts';
import { findMaven, type Maven, mavenReason } from './maven.ts';
import { PrerequisiteError } from './prerequisite-error.ts';
import { runCommand } from './run-command.ts';

export type KafkaJars = { readonly folder: string; readonly version: string };

export type JarsOptions = {
  readonly cacheDir: string;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

const POM = join(import.meta.dirname, 'kafka', 'pom.xml');
/** Named in full, so that Maven need not ask a registry which plug-in `dependency` is. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
/** A first fetch takes seconds to a minute; a network that needs longer than this will not do. */
const FETCH_LIMIT_MS = 300_000;
/** Maven prints a line for each file: a network that swallows everything shows as silence, which Maven would sit out. */
const SILENCE_LIMIT_MS = 60_000;
const PROGRESS_MS = 10_000;

/**
 * The folder with all jars, fetched now if it is not in the cache.
 * Throws PrerequisiteError `maven-missing`, or `maven-failed` with Maven's own reason (no network, no disk).
 */
export async function kafkaJars(java: Java, options: JarsOptions): Promise<KafkaJars> {
  const { folder, version } = await jarsIn(options.cacheDir);
  if (!(await exists(folder)))
    await fetchJars(folder, version, await findMaven(java, process.env, options.signal), options);
  return { folder, version };
}

/** Where the jars lie in a cache, fetched or not. */
export async function jarsIn(cacheDir: string): Promise<KafkaJars> {
  const pom = await readFile(POM, 'utf8');
  const version = kafkaVersion(pom);
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  return { folder: join(cacheDir, `kafka-${version}-${digest}`), version };
}

/** The Kafka version that a pom names. */
export function kafkaVersion(pom: string): string {
  const version = /<kafka\.version>([^<]+)</.exec(pom)?.[1];
  if (version === undefined) throw new Error(`${POM} names no kafka.version`);
  return version;
}

async function fetchJars(folder: string, version: string, maven: Maven, options: JarsOptions): Promise<void> {
  const started = Date.now();
  const partial = `${folder}.partial-${randomUUID()}`;
  await mkdir(options.cacheDir, { recursive: true });
  options.report(
    `Kafka: fetching Apache Kafka ${version} with Maven ${maven.version}, about 45 MB, only the first time`,
  );
  let files = 0;
  const progress = setInterval(() => options.report(`Kafka: ${files} files fetched so far`), PROGRESS_MS);
  try {
    const ran = await runCommand(maven.command, copyArguments(partial), {
      limitMs: FETCH_LIMIT_MS,
      silenceMs: SILENCE_LIMIT_MS,
      onOutput: (text) => {
        files += text.split('Downloaded from').length - 1;
      },
      env: maven.env,
      signal: options.signal,
    });
    if (ran.code !== 0) {
      throw new PrerequisiteError(
        'maven-failed',
        `Maven could not fetch Apache Kafka ${version}: ${ran.problem === undefined ? mavenReason(ran.output) : `it ${ran.problem}`}`,
        `connect to a Maven repository (or set a mirror in ~/.m2/settings.xml), then try: mvn -f ${POM} dependency:resolve`,
      );
    }
    const size = await folderBytes(partial);
    await rename(partial, folder).catch(async (error: unknown) => {
      // Another stack with the same cache was faster: its folder is as good.
      if (!(await exists(folder))) throw error;
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    options.report(`Kafka: fetched ${(size.bytes / 1e6).toFixed(0)} MB in ${size.files} jars, ${seconds} s`);
  } finally {
    clearInterval(progress);
    await rm(partial, { recursive: true, force: true });
  }
}

function copyArguments(outputDirectory: string): string[] {
  return [
    '-B',
    // Maven remembers for a day what a broken network made it miss; the next try shall be a real one.
    '-U',
    // The defaults wait half an hour for a repository that accepts and never answers.
    '-Daether.connector.connectTimeout=10000',
    '-Daether.connector.requestTimeout=60000',
    '-Dmaven.wagon.http.retryHandler.count=1',
    '-f',
    POM,
    `-DoutputDirectory=${outputDirectory}`,
    '-DincludeScope=runtime',
    COPY,
  ];
}

async function folderBytes(folder: string): Promise<{ files: number; bytes: number }> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
