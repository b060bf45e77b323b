/**
 * The word that a connector writes for large values that an update did not touch. Debezium's default is known to everyone,
 * and an update that sets a column to it would be taken for one that leaves the column as it was. So each connector has a
 * random word of its own, and Kafka Connect puts it on every message, which tells `replicate` of it.
 */

import { randomBytes } from 'node:crypto';
import { placeholderHeaders } from '../../../formats/debezium/connector-headers.ts';
import type { ConnectorConfig } from './connector-config.ts';

const setting = 'unavailable.value.placeholder';
/** Name of the transformation; it runs last, behind those of the user. */
const alias = 'sluicePlaceholder';

/** 96 bits: nobody hits upon it, and it fits any column. */
const randomWord = (): string => `sluice_${randomBytes(12).toString('hex')}`;

/** Debezium takes a word in hexadecimal, too. */
const wordOf = (value: string): string =>
  value.startsWith('hex:') ? Buffer.from(value.slice('hex:'.length), 'hex').toString() : value;

/**
 * The configuration with a word of its own on every message.
 * @param config with the user's settings, of which a word is kept.
 * @param present that of the connector so far, whose word is kept.
 */
export function withPlaceholder(config: ConnectorConfig, present: ConnectorConfig | undefined): ConnectorConfig {
  const value = config[setting] ?? present?.[setting] ?? randomWord();
  const others = (config.transforms ?? '').split(',').map((name) => name.trim());
  return {
    // Written as it is; a worker may have another default.
    'header.converter': 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    ...config,
    [setting]: value,
    transforms: [...others.filter((name) => name !== '' && name !== alias), alias].join(','),
    [`transforms.${alias}.type`]: 'org.apache.kafka.connect.transforms.InsertHeader',
    [`transforms.${alias}.header`]: placeholderHeaders[isNullCertain(config) ? 'nullIsNull' : 'nullIsUnclear'],
    [`transforms.${alias}.value.literal`]: wordOf(value),
  };
}

/** Whether a value that has no placeholder ends the connector, instead of becoming null. */
const isNullCertain = (config: ConnectorConfig): boolean =>
  config['event.converting.failure.handling.mode'] === 'fail' && config['binary.handling.mode'] === 'bytes';
