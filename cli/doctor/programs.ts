/** The programs Sluice runs on: Node, and for the local Kafka Java and Maven. */
import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../pipeline/errors.ts';
import { findJava, type Java } from '../../stack/java/java.ts';
import { findMaven } from '../../stack/java/maven.ts';
import { jarsIn } from '../../stack/kafka/jars.ts';
import { packagedBinaries } from '../../stack/postgres/binaries.ts';
import { PrerequisiteError } from '../../stack/prerequisite-error.ts';
import { type Finding, fault, faultIf, note, ok } from './finding.ts';

/** Node is at least what package.json asks for. */
export function checkNode(version: string = process.versions.node): Finding {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const { node: wanted } = engines;
  if (wanted.split('||').some((range) => isWithin(version, range.trim()))) return ok('Node', `Node ${version}`);
  return fault('Node', `Node ${version} is not ${wanted}`, 'nvm install 22, or see https://nodejs.org');
}

/** A range is `^20.19`, which stays below the next major version, or `>=24`. */
const isWithin = (version: string, range: string): boolean => {
  const least = range.replace(/^\D+/, '');
  return !isOlder(version, least) && (!range.startsWith('^') || version.split('.')[0] === least.split('.')[0]);
};

const isOlder = (version: string, wanted: string): boolean => {
  const [have, need] = [version, wanted].map((text) => text.split('.').map(Number));
  for (const [i, part] of (need ?? []).entries()) {
    if ((have?.[i] ?? 0) !== part) return (have?.[i] ?? 0) < part;
  }
  return false;
};

/** Java and Maven: needed only where the local stack is to run Kafka. */
export async function checkKafkaPrograms(needed: boolean, env: NodeJS.ProcessEnv, dir: string): Promise<Finding[]> {
  const spare = needed ? '' : ' (not needed: Kafka runs elsewhere)';
  let java: Java;
  try {
    java = await findJava(env);
  } catch (error) {
    return [faultIf(needed, 'Java', `${messageOf(error)}${spare}`, fixOf(error))];
  }
  const [maven, jars] = await Promise.all([findMaven(java, env).catch((error: unknown) => error), hasJars(dir)]);
  return [sayJava(java, env), sayMaven(maven, needed && !jars, jars ? ' (not needed: its jars are here)' : spare)];
}

function sayJava({ version, command }: Java, { JAVA_HOME: home }: NodeJS.ProcessEnv): Finding {
  const sentence = `Java ${version}, ${command}`;
  if (!home || command.startsWith(join(home, 'bin'))) return ok('Java', sentence);
  return note('Java', `${sentence}; the one in JAVA_HOME does not do: ${home}`, 'unset JAVA_HOME');
}

function sayMaven(maven: unknown, needed: boolean, spare: string): Finding {
  if (maven instanceof Error) return faultIf(needed, 'Maven', `${maven.message}${spare}`, fixOf(maven));
  const { version, command } = maven as { version: string; command: string };
  return ok('Maven', `Maven ${version}, ${command}`);
}

const fixOf = (error: unknown): string => (error instanceof PrerequisiteError ? error.fix : 'see the message');

/** Once Kafka's jars were fetched Maven has nothing more to do. */
async function hasJars(dir: string): Promise<boolean> {
  const { folder } = await jarsIn(join(dir, 'cache'));
  return access(folder).then(
    () => true,
    () => false,
  );
}

/** The PostgreSQL that npm brought along: needed only where the local stack is to run it. */
export async function checkPostgresPrograms(needed: boolean): Promise<Finding> {
  try {
    return ok('PostgreSQL programs', `PostgreSQL ${(await packagedBinaries()).version}, from npm`);
  } catch (error) {
    return faultIf(needed, 'PostgreSQL programs', messageOf(error), fixOf(error));
  }
}
