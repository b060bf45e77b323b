/** The jars of Apache Kafka, as `pom.xml` lists them. */
import { join } from 'node:path';
import type { Java } from '../java/java.ts';
import { cachedJars, fetchedJars, type JarSet, type Jars, type JarsOptions } from '../java/maven-jars.ts';

export type KafkaJars = Jars;

const KAFKA: JarSet = {
  pom: join(import.meta.dirname, 'pom.xml'),
  versionProperty: 'kafka.version',
  folderPrefix: 'kafka',
  server: 'Kafka',
  product: 'Apache Kafka',
  megabytes: 45,
};

/** The folder with all jars, fetched now unless it is in the cache. Throws like `fetchedJars`. */
export const kafkaJars = (java: Java, options: JarsOptions): Promise<KafkaJars> => fetchedJars(KAFKA, java, options);

/** The folder of the jars in a cache, fetched or not. */
export const jarsIn = (cacheDir: string): Promise<KafkaJars> => cachedJars(KAFKA, cacheDir);
