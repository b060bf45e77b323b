/** The configuration of the single Kafka node, and the options of its Java. */
import { HOST } from '../processes/ports.ts';

export type KafkaPorts = { readonly broker: number; readonly controller: number };

/**
 * The text of server.properties for one KRaft node, broker and controller in one process. `extra` wins over the
 * settings here. Paths are relative to the node's working directory, so that no folder name needs escaping.
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

    // Without these, groups and transactions wait for brokers that a single node will never see.
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',

    // Internal topics as small as a single node needs: 50 partitions each take seconds to make and to load.
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '4',

    // A broker that leaves without saying so (controlled.shutdown.enable=false, kill -9) is let in again only when its
    // session ends: 9 s by default, which a restart would wait out. A clean stop takes 0.2 s either way, so it stays on.
    'broker.session.timeout.ms': '5000',
    'broker.heartbeat.interval.ms': '1000',

    // 128 MB of heap by default, for compacted topics far larger than these.
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
  // What is read and written lives in the page cache, not in the heap.
  '-Xms128m',
  '-Xmx512m',
  // A heap this small is collected in milliseconds; G1 would add 30 MB and threads that compete for few cores.
  '-XX:+UseSerialGC',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.awt.headless=true',
];

/** Java options of the short-lived formatting tool: start fast, nothing else. */
export const TOOL_JAVA_OPTIONS: readonly string[] = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
