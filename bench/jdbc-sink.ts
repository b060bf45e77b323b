/**
 * Kafka Connect with Debezium's JDBC sink, a peer of `sluice replicate`: its jars, and the configuration that it is measured with.
 */
import { join } from 'node:path';
import { connectJars } from '../stack/connect/jars.ts';
import type { Java } from '../stack/java/java.ts';
import { fetchedJars, type JarSet, type JarsOptions } from '../stack/java/maven-jars.ts';
import type { LayerOrder } from './protocol.ts';

const JDBC_SINK: JarSet = {
  pom: join(import.meta.dirname, 'jdbc-sink.pom.xml'),
  versionProperty: 'debezium.version',
  folderPrefix: 'debezium-jdbc',
  inside: 'debezium-connector-jdbc',
  server: 'Kafka Connect',
  product: "Debezium's JDBC sink",
  megabytes: 42,
};

/** The class path of the worker and the folder of its plugin, fetched now unless they are in the cache. */
export async function jdbcSinkJars(java: Java, options: JarsOptions) {
  const { runtime } = await connectJars(java, options);
  const plugin = await fetchedJars(JDBC_SINK, java, options);
  return { runtime: runtime.folder, plugins: plugin.folder };
}

/** Name of the connector. Its consumer group is `connect-` and this name. */
export const connectorName = ({ groupId }: LayerOrder): string => `jdbc-${groupId}`;

/** Milliseconds between two commits of its offsets, by which its progress is measured. The default is a minute. */
const commitMs = 200;

/** Records of a batch. Larger ones were not faster. */
const batchRecords = 5000;

/** The properties of a standalone worker. */
export const workerProperties = (
  { brokers }: LayerOrder,
  { plugins, home, port }: { readonly plugins: string; readonly home: string; readonly port: number },
): string =>
  properties({
    'bootstrap.servers': brokers,
    listeners: `http://127.0.0.1:${port}`,
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    'offset.storage.file.filename': join(home, 'offsets'),
    'offset.flush.interval.ms': String(commitMs),
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  });

/** The properties of the connector: one task for each lane, upserts, and deletes by key. */
export function connectorProperties(order: LayerOrder, table: string): string {
  const { hostname, port, pathname, username, password, protocol } = new URL(order.database);
  const product = protocol === 'mariadb:' ? 'mariadb' : 'postgresql';
  // Without them the drivers send each row of a batch on its own, and PostgreSQL takes no text for a numeric column.
  const parameters = product === 'mariadb' ? 'useBulkStmts=true' : 'reWriteBatchedInserts=true&stringtype=unspecified';
  return properties({
    name: connectorName(order),
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'tasks.max': String(order.lanes),
    topics: order.topic,
    'connection.url': `jdbc:${product}://${hostname}:${port}${pathname}?${parameters}`,
    'connection.username': decodeURIComponent(username),
    'connection.password': decodeURIComponent(password),
    'collection.name.format': table,
    'insert.mode': 'upsert',
    'delete.enabled': 'true',
    'primary.key.mode': 'record_key',
    'primary.key.fields': 'id',
    'schema.evolution': 'none',
    'batch.size': String(batchRecords),
    'use.reduction.buffer': 'true',
    'consumer.override.max.poll.records': String(batchRecords),
    'consumer.override.max.partition.fetch.bytes': '8388608',
    'consumer.override.auto.offset.reset': 'earliest',
  });
}

const properties = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
