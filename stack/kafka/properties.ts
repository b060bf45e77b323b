/** The configuration and Java options of the single Kafka node. */
import { HOST } from '../processes/ports.ts';

export type KafkaPorts = { readonly broker: number; readonly controller: number };

/**
 * The properties file for one KRaft node with broker and controller in one process. `extra` overrides the settings here.
 * Paths are relative to the node's working directory, so that no folder name needs escaping.
 */
export function serverProperties(ports: KafkaPorts, extra: Readonly<Record<string, string>> = {}): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${HOST}:${ports.controller}`,
    listeners: `PLAINTEXT://${HOST}:${ports.broker},CONTROLLER://${HOST}:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': 'data',
    'auto.create.topics.enable': 'false',

    // By default groups and transactions wait for three replicas, which a single node never has.
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',

    // Small internal topics: the default of 50 partitions each takes seconds to create and to load.
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '4',

    // A broker that was killed can register again only after its session has expired: 9 s by default, which a restart
    // would have to wait. Controlled shutdown stays on, because a clean stop takes only 0.2 s.
    'broker.session.timeout.ms': '5000',
    'broker.heartbeat.interval.ms': '1000',

    // The default takes 128 MB of heap, for compacted topics far larger than these.
    'log.cleaner.dedupe.buffer.size': '16777216',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...extra,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

/** Java options of the broker. */
export const BROKER_JAVA_OPTIONS: readonly string[] = [
  '-server',
  // Kafka reads and writes through the page cache, so a small heap is enough.
  '-Xms128m',
  '-Xmx512m',
  // Collects such a heap in milliseconds. G1 would add 30 MB and threads that compete for few cores.
  '-XX:+UseSerialGC',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

/** Java options of the short-lived formatting tool, for a fast start. */
export const TOOL_JAVA_OPTIONS: readonly string[] = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
