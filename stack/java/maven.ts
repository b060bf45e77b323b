/** Finds a Maven that really runs, with the Java that was found for Kafka. */

import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';
import { executables, type Java } from './java.ts';

export type Maven = { readonly command: string; readonly version: string; readonly env: NodeJS.ProcessEnv };

/** The first working `mvn` on PATH. Throws PrerequisiteError `maven-missing` with what was tried. */
export async function findMaven(java: Java, env: NodeJS.ProcessEnv = process.env, signal?: AbortSignal) {
  // A JAVA_HOME of a removed Java makes mvn refuse to start, so it gets the home of the one that works.
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
    `Maven fetches the jars of Apache Kafka: ${refused.length === 0 ? 'there is no mvn on PATH' : refused.join('; ')}`,
    process.platform === 'darwin' ? 'brew install maven' : 'apt-get install -y maven',
  );
}

/** The version in the output of `mvn --version`, which may be coloured; undefined when it is not there. */
export function parseMavenVersion(output: string): string | undefined {
  return /Apache Maven (\d[\w.-]*)/.exec(output)?.[1];
}

/** What went wrong, out of the output of a failed `mvn`: its first error, without the help text around it. */
export function mavenReason(output: string): string {
  const errors = output
    .split('\n')
    .filter((line) => line.includes('[ERROR]') || line.includes('[FATAL]'))
    .map((line) => line.replace(/^.*?\[(?:ERROR|FATAL)\]\s*/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('['));
  const reason = errors[0] ?? output.trim().split('\n').at(-1) ?? '';
  return reason.replace(/\s*-> \[Help \d+\]$/, '').slice(0, 600) || 'it said nothing';
}
