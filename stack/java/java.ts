/**
 * Finds a working Java. A file named java proves nothing: macOS has a stub that only prints where to get Java, and JAVA_HOME
 * often points to a removed version. So every candidate is run to print its version.
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';

/** Minimum for brokers of Apache Kafka 4. */
export const OLDEST_JAVA = 17;

export type Java = { readonly command: string; readonly home: string; readonly version: string };

type Candidate = { readonly command: string; readonly from: string };

/**
 * The first working Java >= 17: JAVA_HOME, then every `java` on PATH, then Homebrew's folders.
 * Throws PrerequisiteError `java-missing` or `java-too-old`, with the candidates that were tried.
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env, signal?: AbortSignal): Promise<Java> {
  const refused: string[] = [];
  let tooOld = false;
  for (const candidate of await candidates(env)) {
    const ran = await runCommand(candidate.command, ['-XshowSettings:properties', '-version'], {
      limitMs: 15_000,
      env,
      signal,
    });
    const found = ran.code === 0 ? parseJavaSettings(ran.output) : undefined;
    if (found === undefined) {
      refused.push(`${candidate.command} (${candidate.from}) ${ran.problem ?? firstLine(ran.output)}`);
    } else if (javaMajor(found.version) < OLDEST_JAVA) {
      tooOld = true;
      refused.push(`${candidate.command} (${candidate.from}) is version ${found.version}`);
    } else {
      return { command: candidate.command, ...found };
    }
  }
  const tried = refused.length === 0 ? 'JAVA_HOME is not set and there is no java on PATH' : refused.join('; ');
  throw new PrerequisiteError(
    tooOld ? 'java-too-old' : 'java-missing',
    `the local stack needs Java ${OLDEST_JAVA} or newer: ${tried}`,
    process.platform === 'darwin' ? 'brew install openjdk' : 'apt-get install -y openjdk-17-jre-headless',
  );
}

/** Reads version and home from `java -XshowSettings:properties -version`; undefined when they are missing. */
export function parseJavaSettings(output: string): { version: string; home: string } | undefined {
  const version = /^\s*java\.version = (\S+)/m.exec(output)?.[1];
  const home = /^\s*java\.home = (.+?)\s*$/m.exec(output)?.[1];
  return version === undefined || home === undefined ? undefined : { version, home };
}

/** The major number of a Java version: 8 of `1.8.0_392`, 17 of `17.0.15`, 26 of `26-ea`; 0 when unreadable. */
export function javaMajor(version: string): number {
  const [, first, second] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return Number((first === '1' ? second : first) ?? 0);
}

/** The environment for Java programs of the stack, without options that the user set for other Java programs. */
export function javaEnvironment(): NodeJS.ProcessEnv {
  const {
    JAVA_TOOL_OPTIONS: _tool,
    _JAVA_OPTIONS: _options,
    JDK_JAVA_OPTIONS: _jdk,
    CLASSPATH: _path,
    ...rest
  } = process.env;
  return rest;
}

async function candidates(env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const list: Candidate[] = [];
  if (env.JAVA_HOME) list.push({ command: join(env.JAVA_HOME, 'bin', 'java'), from: 'JAVA_HOME' });
  const onPath = (await executables('java', env)).map((command) => ({ command, from: 'PATH' }));
  list.push(...onPath);
  if (process.platform === 'darwin') {
    // Homebrew does not link its openjdk into a folder on PATH.
    for (const prefix of ['/opt/homebrew', '/usr/local']) {
      const command = join(prefix, 'opt/openjdk/bin/java');
      if (await isExecutable(command)) list.push({ command, from: 'Homebrew' });
    }
  }
  return list;
}

/** Every executable file of that name on PATH, in order. */
export async function executables(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = (env.PATH ?? '').split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, name)]));
  const usable = await Promise.all(files.map(isExecutable));
  return [...new Set(files.filter((_, index) => usable[index]))];
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function firstLine(output: string): string {
  return output.trim().split('\n')[0]?.slice(0, 200) || 'said nothing about its version';
}
