/** Finds a Maven that works with the Java that was found. */

import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';
import { executables, type Java } from './java.ts';

export type Maven = { readonly command: string; readonly version: string; readonly env: NodeJS.ProcessEnv };

/** The first working `mvn` on PATH. Throws PrerequisiteError `maven-missing` with the candidates that were tried. */
export async function findMaven(java: Java, env: NodeJS.ProcessEnv = process.env, signal?: AbortSignal) {
  // mvn does not start when JAVA_HOME points to a removed Java, so it gets the home of the working one.
  const withJava = { ...env, JAVA_HOME: java.home };
  const refused: string[] = [];
  for (const command of await executables('mvn', env)) {
    const ran = await runCommand(command, ['-B', '--version'], { limitMs: 30_000, env: withJava, signal });
    const version = ran.code === 0 ? parseMavenVersion(ran.output) : undefined;
    if (version !== undefined) return { command, version, env: withJava } satisfies Maven;
    refused.push(`${command} ${ran.problem ?? ran.output.trim().split('\n')[0]?.slice(0, 200)}`);
  }
  throw new PrerequisiteError(
    'maven-missing',
    `Maven fetches Apache Kafka and MariaDB: ${refused.length === 0 ? 'there is no mvn on PATH' : refused.join('; ')}`,
    process.platform === 'darwin' ? 'brew install maven' : 'apt-get install -y maven',
  );
}

/** The version in the output of `mvn --version`, which may be coloured; undefined when it is missing. */
export function parseMavenVersion(output: string): string | undefined {
  return /Apache Maven (\d[\w.-]*)/.exec(output)?.[1];
}

/** The first error in the output of a failed `mvn`, without the help text around it. */
export function mavenReason(output: string): string {
  const errors = output
    .split('\n')
    .filter((line) => line.includes('[ERROR]') || line.includes('[FATAL]'))
    .map((line) => line.replace(/^.*?\[(?:ERROR|FATAL)\]\s*/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('['));
  const reason = errors[0] ?? output.trim().split('\n').at(-1) ?? '';
  return reason.replace(/\s*-> \[Help \d+\]$/, '').slice(0, 600) || 'it said nothing';
}
