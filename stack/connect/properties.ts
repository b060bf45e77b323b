/** The configuration and Java options of the Kafka Connect worker. */
import { HOST } from '../processes/ports.ts';

/**
 * The properties file of a distributed worker. Messages are JSON with their schema beside the payload, unless a connector
 * overrides the converters. `extra` overrides the settings here.
 */
export function connectProperties(
  { bootstrap, port, pluginPath }: { bootstrap: string; port: number; pluginPath: string },
  extra: Readonly<Record<string, string>> = {},
): string {
  const settings: Record<string, string> = {
    'bootstrap.servers': bootstrap,
    'group.id': 'sluice-connect',
    listeners: `http://${HOST}:${port}`,
    'rest.advertised.host.name': HOST,
    'plugin.path': pluginPath,
    // Our plugins are declared in their jars. Scanning all classes of all jars would take seconds.
    'plugin.discovery': 'service_load',

    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'true',
    'value.converter.schemas.enable': 'true',

    // Connect keeps its state in Kafka; a single node has one replica.
    'config.storage.topic': 'connect-configs',
    'offset.storage.topic': 'connect-offsets',
    'status.storage.topic': 'connect-status',
    'config.storage.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',

    // A connector restarts from its last flushed offset after a kill. The default interval is a minute.
    'offset.flush.interval.ms': '1000',
    // The connectors of a killed worker are released when its session expires.
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '1000',
    'rebalance.timeout.ms': '10000',
    // With a single worker there is no other one to wait for before connectors are assigned.
    'scheduled.rebalance.max.delay.ms': '0',
    ...extra,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeValue(value)}`)
    .join('\n')}\n`;
}

/** Escapes backslashes, and characters outside of ASCII, which Java may read as Latin-1. */
const escapeValue = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/gu, (char) =>
      [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
    );

/** Java options of the worker. */
export const CONNECT_JAVA_OPTIONS: readonly string[] = [
  '-server',
  '-Xms128m',
  '-Xmx512m',
  // As for the broker: a small heap and few cores.
  '-XX:+UseSerialGC',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
  // Debezium reads arrays of times in the local zone, which would shift times within a skipped hour.
  '-Duser.timezone=UTC',
];
