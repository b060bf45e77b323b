/** The configuration of the Kafka Connect worker, and the options of its Java. */
import { HOST } from '../processes/ports.ts';

/**
 * The text of a distributed worker's properties. Messages are JSON with their schema beside the payload, unless a
 * connector says otherwise. `extra` wins over the settings here.
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
    // Every plugin here says what it is in its jar; looking through all classes of all jars takes seconds.
    'plugin.discovery': 'service_load',

    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'true',
    'value.converter.schemas.enable': 'true',

    // What Connect remembers lies in Kafka; a single node keeps one copy.
    'config.storage.topic': 'connect-configs',
    'offset.storage.topic': 'connect-offsets',
    'status.storage.topic': 'connect-status',
    'config.storage.replication.factor': '1',
    'offset.storage.replication.factor': '1',
    'status.storage.replication.factor': '1',
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',

    // How far a connector got is written every minute by default, and read again from there after a kill.
    'offset.flush.interval.ms': '1000',
    // A worker that was killed holds its connectors until its session ends.
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '1000',
    'rebalance.timeout.ms': '10000',
    // Nobody takes over from a single worker, so a restarted one need not wait for one that might come back.
    'scheduled.rebalance.max.delay.ms': '0',
    ...extra,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeValue(value)}`)
    .join('\n')}\n`;
}

/** Java's properties files read a backslash as an escape, and know only Latin-1 for certain. */
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
  // As for the broker: small heap, few cores.
  '-XX:+UseSerialGC',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
  // Debezium reads arrays of times by the zone of its machine: hours that its clocks skip would be moved.
  '-Duser.timezone=UTC',
];
