/**
 * A connector that reads the rows of some tables once, beside the one that streams their changes. Debezium's incremental
 * snapshots do the same within one connector, but with signals from Kafka two of its threads read pieces at the same time
 * (3.6.3): they fail, or end the stream that everything hangs on (decision 15).
 *
 * Every row of it stands below all streamed changes, which its header says: rows come later than changes that are newer.
 */
import { besideHeader } from '../../../formats/debezium/connector-headers.ts';
import { asInTopic } from '../../../pipeline/transform/check-rules.ts';
import { type ConnectorConfig, includeList } from './connector-config.ts';
import { withPlaceholder } from './placeholder.ts';

/** Where its configuration says beside which connector it reads. Debezium passes over settings that it does not know. */
export const besideSetting = 'sluice.beside';

/** Its name. */
export const readingName = (name: string): string => `${name}-snapshot`;

/** Where Debezium tells how far it is. Topics that begin with two underscores are in nobody's pattern of captured topics. */
export const notificationTopic = (prefix: string): string => asInTopic(`__sluice-notification.${prefix}`);

/** Settings of the other one alone: its name, what moves its slot, and what a user left out of its first snapshot. */
const isOwn: ReadonlySet<string> = new Set(['name', 'heartbeat.action.query', 'snapshot.include.collection.list']);

/** Name of the transformation that adds the header. */
const alias = 'sluiceBeside';

/**
 * Its configuration.
 * @param config that of the connector that streams.
 * @param tables captured tables, `public.users`.
 */
export function readingConfig(config: ConnectorConfig, tables: readonly string[]): ConnectorConfig {
  const { name = '', 'topic.prefix': prefix = '' } = config;
  const kept = Object.entries(config).filter(([setting]) => !setting.startsWith('sluice.') && !isOwn.has(setting));
  return withPlaceholder(
    {
      ...Object.fromEntries(kept),
      [besideSetting]: name,
      // It takes no slot and ends with its last row.
      'snapshot.mode': 'initial_only',
      'table.include.list': includeList(tables),
      'heartbeat.interval.ms': '0',
      // Both connectors have the same prefix, by which Debezium names its metrics.
      'custom.metric.tags': 'reads=beside',
      'notification.enabled.channels': 'sink',
      'notification.sink.topic.name': notificationTopic(prefix),
      transforms: [config.transforms, alias].filter(Boolean).join(','),
      [`transforms.${alias}.type`]: 'org.apache.kafka.connect.transforms.InsertHeader',
      [`transforms.${alias}.header`]: besideHeader,
      [`transforms.${alias}.value.literal`]: 'true',
    },
    undefined,
  );
}

/** What Debezium says of a snapshot. */
export type Notification = { readonly type: string; readonly details: Readonly<Record<string, string>> };

/** Undefined for what is none. With schemas in messages the payload is one level down. */
export function notificationOf(value: Buffer | null): Notification | undefined {
  try {
    const parsed = JSON.parse(String(value));
    const { type, aggregate_type: aggregate, additional_data: details } = parsed.payload ?? parsed;
    return aggregate === 'Initial Snapshot' && typeof type === 'string' ? { type, details: details ?? {} } : undefined;
  } catch {
    return undefined;
  }
}
