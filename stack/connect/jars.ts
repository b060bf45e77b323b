/**
 * The jars of Kafka Connect and, in a separate plugin folder, of Debezium's PostgreSQL connector. Connect isolates each plugin
 * from itself and from other plugins, so their libraries may have different versions.
 */
import { join } from 'node:path';
import type { Java } from '../java/java.ts';
import { fetchedJars, type JarSet, type Jars, type JarsOptions } from '../java/maven-jars.ts';

/** The jars for the worker's class path, and the folder for `plugin.path`. */
export type ConnectJars = { readonly runtime: Jars; readonly plugins: Jars };

const RUNTIME: JarSet = {
  pom: join(import.meta.dirname, 'pom.xml'),
  versionProperty: 'kafka.version',
  folderPrefix: 'connect',
  server: 'Kafka Connect',
  product: 'Kafka Connect',
  megabytes: 35,
};

const DEBEZIUM: JarSet = {
  pom: join(import.meta.dirname, 'debezium.pom.xml'),
  versionProperty: 'debezium.version',
  folderPrefix: 'debezium-postgres',
  inside: 'debezium-connector-postgres',
  server: 'Kafka Connect',
  product: "Debezium's PostgreSQL connector",
  megabytes: 12,
};

/** Both folders, fetched now unless they are in the cache. Throws like `fetchedJars`. */
export async function connectJars(java: Java, options: JarsOptions): Promise<ConnectJars> {
  const runtime = await fetchedJars(RUNTIME, java, options);
  return { runtime, plugins: await fetchedJars(DEBEZIUM, java, options) };
}
