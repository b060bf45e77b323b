/**
 * A second connector that reads the rows of some tables once, while the main connector streams their changes. Debezium's
 * incremental snapshots do this within one connector. With signals from Kafka, two of its threads read chunks at the same
 * time (3.6.3): the snapshot fails, or the stream ends (decision 15).
 *
 * The rows of this connector arrive later than newer streamed changes. A header marks them as older than every streamed
 * change.
 */
import { besideHeader } from '../../../formats/debezium/connector-headers.ts';
import { asInTopic } from '../../../pipeline/transform/check-rules.ts';
import { type ConnectorConfig, includeList } from './connector-config.ts';
import { withPlaceholder } from './placeholder.ts';

/** The setting with the name of the main connector. Debezium ignores unknown settings. */
export const besideSetting = 'sluice.beside';

/** The name of the reading connector. */
export const readingName = (name: string): string => `${name}-snapshot`;

/** The topic of Debezium's progress notifications. Patterns of captured topics do not match two leading underscores. */
export const notificationTopic = (prefix: string): string => asInTopic(`__sluice-notification.${prefix}`);

/** Settings that only the main connector has: its name, its heartbeat, and the tables of its first snapshot. */
const mainOnly: ReadonlySet<string> = new Set(['name', 'heartbeat.action.query', 'snapshot.include.collection.list']);

/** Name of the transformation that adds the header. */
const alias = 'sluiceBeside';

/**
 * The configuration of the reading connector.
 * @param config the configuration of the main connector.
 * @param tables captured tables, `public.users`.
 */
export function readingConfig(config: ConnectorConfig, tables: readonly string[]): ConnectorConfig {
  const { name = '', 'topic.prefix': prefix = '' } = config;
  const kept = Object.entries(config).filter(([setting]) => !setting.startsWith('sluice.') && !mainOnly.has(setting));
  return withPlaceholder(
    {
      ...Object.fromEntries(kept),
      [besideSetting]: name,
      // Uses no slot, and ends after the last row.
      'snapshot.mode': 'initial_only',
      'table.include.list': includeList(tables),
      'heartbeat.interval.ms': '0',
      // Debezium names metrics by topic prefix, which both connectors share.
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

/** A notification of Debezium about a snapshot. */
export type Notification = { readonly type: string; readonly details: Readonly<Record<string, string>> };

/** Parses a notification; undefined for any other message. With schemas the payload is one level deeper. */
export function notificationOf(value: Buffer | null): Notification | undefined {
  try {
    const parsed = JSON.parse(String(value));
    const { type, aggregate_type: aggregate, additional_data: details } = parsed.payload ?? parsed;
    return aggregate === 'Initial Snapshot' && typeof type === 'string' ? { type, details: details ?? {} } : undefined;
  } catch {
    return undefined;
  }
}
