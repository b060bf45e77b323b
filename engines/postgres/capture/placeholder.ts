/**
 * The placeholder that a connector writes for a large value that an update did not change. Debezium's default is public, so an
 * update that sets a column to this text would look like one that leaves the column unchanged. Each connector therefore has a
 * random placeholder. Kafka Connect adds it to every message as a header, from which `replicate` reads it.
 */

import { randomBytes } from 'node:crypto';
import { placeholderHeaders } from '../../../formats/debezium/connector-headers.ts';
import type { ConnectorConfig } from './connector-config.ts';

const setting = 'unavailable.value.placeholder';
/** Name of the transformation, which runs after the user's own. */
const alias = 'sluicePlaceholder';

/** 96 random bits, so that no real value equals the placeholder by chance. */
const randomPlaceholder = (): string => `sluice_${randomBytes(12).toString('hex')}`;

/** Decodes a placeholder: Debezium also accepts hexadecimal. */
const decodePlaceholder = (value: string): string =>
  value.startsWith('hex:') ? Buffer.from(value.slice('hex:'.length), 'hex').toString() : value;

/**
 * Returns the configuration with a placeholder, and with a transformation that adds it to every message.
 * @param config the wanted configuration; if it has a placeholder, this one is used.
 * @param present the connector's current configuration, whose placeholder is otherwise kept.
 */
export function withPlaceholder(config: ConnectorConfig, present: ConnectorConfig | undefined): ConnectorConfig {
  const value = config[setting] ?? present?.[setting] ?? randomPlaceholder();
  const others = (config.transforms ?? '').split(',').map((name) => name.trim());
  return {
    // Writes the header as plain text; the worker may have another default.
    'header.converter': 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    ...config,
    [setting]: value,
    transforms: [...others.filter((name) => name !== '' && name !== alias), alias].join(','),
    [`transforms.${alias}.type`]: 'org.apache.kafka.connect.transforms.InsertHeader',
    [`transforms.${alias}.header`]: placeholderHeaders[isNullCertain(config) ? 'nullIsNull' : 'nullIsUnclear'],
    [`transforms.${alias}.value.literal`]: decodePlaceholder(value),
  };
}

/** Whether a null is always a real null: a failed conversion stops the connector, instead of writing null. */
const isNullCertain = (config: ConnectorConfig): boolean =>
  config['event.converting.failure.handling.mode'] === 'fail' && config['binary.handling.mode'] === 'bytes';
