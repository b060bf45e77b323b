/** Checks the programs that Sluice needs: Node, and for the local stack Java, Maven and PostgreSQL. */
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

/** Checks Node against `engines` in package.json. */
export function checkNode(version: string = process.versions.node): Finding {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const { node: wanted } = engines;
  if (wanted.split('||').some((range) => isWithin(version, range.trim()))) return ok('Node', `Node ${version}`);
  return fault('Node', `Node ${version} is not ${wanted}`, 'nvm install 22, or see https://nodejs.org');
}

/** Supports the ranges of package.json: `^20.19`, below the next major version, and `>=24`. */
const isWithin = (version: string, range: string): boolean => {
  const minimum = range.replace(/^\D+/, '');
  return !isOlder(version, minimum) && (!range.startsWith('^') || version.split('.')[0] === minimum.split('.')[0]);
};

const isOlder = (version: string, wanted: string): boolean => {
  const [have, need] = [version, wanted].map((text) => text.split('.').map(Number));
  for (const [i, part] of (need ?? []).entries()) {
    if ((have?.[i] ?? 0) !== part) return (have?.[i] ?? 0) < part;
  }
  return false;
};

/** Checks Java and Maven, which only a local Kafka needs. */
export async function checkKafkaPrograms(needed: boolean, env: NodeJS.ProcessEnv, dir: string): Promise<Finding[]> {
  const spare = needed ? '' : ' (not needed: Kafka runs elsewhere)';
  let java: Java;
  try {
    java = await findJava(env);
  } catch (error) {
    return [faultIf(needed, 'Java', `${messageOf(error)}${spare}`, fixOf(error))];
  }
  const [maven, jars] = await Promise.all([findMaven(java, env).catch((error: unknown) => error), hasJars(dir)]);
  return [
    javaFinding(java, env),
    mavenFinding(maven, needed && !jars, jars ? ' (not needed: its jars are here)' : spare),
  ];
}

function javaFinding({ version, command }: Java, { JAVA_HOME: home }: NodeJS.ProcessEnv): Finding {
  const sentence = `Java ${version}, ${command}`;
  if (!home || command.startsWith(join(home, 'bin'))) return ok('Java', sentence);
  return note('Java', `${sentence}; the one in JAVA_HOME is unusable: ${home}`, 'unset JAVA_HOME');
}

function mavenFinding(maven: unknown, needed: boolean, spare: string): Finding {
  if (maven instanceof Error) return faultIf(needed, 'Maven', `${maven.message}${spare}`, fixOf(maven));
  const { version, command } = maven as { version: string; command: string };
  return ok('Maven', `Maven ${version}, ${command}`);
}

const fixOf = (error: unknown): string => (error instanceof PrerequisiteError ? error.fix : 'see the message');

/** Returns true if Kafka's jars are downloaded; Maven is not needed then. */
async function hasJars(dir: string): Promise<boolean> {
  const { folder } = await jarsIn(join(dir, 'cache'));
  return access(folder).then(
    () => true,
    () => false,
  );
}

/** Checks the PostgreSQL that npm installs, which only the local stack needs. */
export async function checkPostgresPrograms(needed: boolean): Promise<Finding> {
  try {
    return ok('PostgreSQL programs', `PostgreSQL ${(await packagedBinaries()).version}, from npm`);
  } catch (error) {
    return faultIf(needed, 'PostgreSQL programs', messageOf(error), fixOf(error));
  }
}
