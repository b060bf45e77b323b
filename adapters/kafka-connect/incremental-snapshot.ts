/**
 * Debezium's incremental snapshot: it reads tables by their keys, piece by piece, beside the stream. Each piece is compared
 * with the changes that stream while it is read, and rows that changed are left out of it; the guard in the target orders
 * what comes all the same, since rows of a snapshot stand below all streamed changes.
 *
 * A connector takes signals only while it is told where from, and has the settings for that only while one is read.
 */
const legal = (topic: string): string => topic.replace(/[^a-zA-Z0-9._-]/g, '_');

/** Where signals go to. Topics that begin with two underscores are in nobody's pattern of captured topics. */
export const signalTopic = (prefix: string): string => legal(`__sluice-signal.${prefix}`);

/** Where Debezium answers. */
export const notificationTopic = (prefix: string): string => legal(`__sluice-notification.${prefix}`);

/** Milliseconds between heartbeats meanwhile: each ends the comparison of a piece. */
const heartbeatMs = 250;

/** Rows of a piece. A piece takes about two seconds, most of it waiting for a heartbeat, and is held in Debezium's memory. */
const pieceRows = 8192;

/** The settings that a connector needs meanwhile. `brokers` as Kafka Connect reaches them. */
export function signalSettings(prefix: string, brokers: readonly string[]): Record<string, string> {
  return {
    // Pieces are marked off by transaction ids instead of rows in a table of the source.
    'read.only': 'true',
    'signal.enabled.channels': 'kafka',
    'signal.kafka.topic': signalTopic(prefix),
    'signal.kafka.bootstrap.servers': brokers.join(','),
    'signal.poll.interval.ms': '500',
    'notification.enabled.channels': 'sink',
    'notification.sink.topic.name': notificationTopic(prefix),
    'incremental.snapshot.chunk.size': String(pieceRows),
    'heartbeat.interval.ms': String(heartbeatMs),
    // Debezium 3.6 ends where the last event belongs to no transaction: so this one belongs to one.
    'heartbeat.action.query': "select pg_logical_emit_message(true, 'sluice_heartbeat', '')",
    'message.prefix.exclude.list': 'sluice_heartbeat',
  };
}

/** The message that asks for tables; Debezium takes their names for regular expressions. */
export function snapshotSignal(prefix: string, id: string, tables: readonly string[]) {
  const collections = tables.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const data = { 'data-collections': collections, type: 'INCREMENTAL' };
  return { key: prefix, value: JSON.stringify({ id, type: 'execute-snapshot', data }) };
}

/** What Debezium says of a snapshot. */
export type Notification = {
  readonly id: string;
  readonly type: string;
  readonly aggregate: string;
  readonly details: Readonly<Record<string, string>>;
};

/** Undefined for what is none. With schemas in messages the payload is one level down. */
export function notificationOf(value: Buffer | null): Notification | undefined {
  try {
    const parsed = JSON.parse(String(value));
    const { id, type, aggregate_type: aggregate, additional_data: details } = parsed.payload ?? parsed;
    return typeof id === 'string' && typeof type === 'string'
      ? { id, type, aggregate, details: details ?? {} }
      : undefined;
  } catch {
    return undefined;
  }
}
