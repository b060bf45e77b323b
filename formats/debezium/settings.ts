/** How the connector was told to write values, as far as a message does not say it itself. */

/** What to know besides the message. The defaults are what `connector create` sets. */
export type ValueSettings = {
  /** `unavailable.value.placeholder`; null takes every value as it stands. */
  readonly placeholder: string | null;
  /** `binary.handling.mode`. JSON has `bytes` in base64, too, but only in that mode unchanged values are told apart. */
  readonly binary: 'bytes' | 'base64' | 'base64-url-safe' | 'hex';
  /** `decimal.handling.mode`, for messages without a schema. */
  readonly decimals: 'string' | 'precise' | 'double';
  /** `time.precision.mode`, for messages without a schema. */
  readonly times: 'adaptive' | 'adaptive_time_microseconds' | 'connect' | 'isostring' | 'microseconds' | 'nanoseconds';
};

/** Debezium's own, with decimals exact. */
export const defaultSettings: ValueSettings = {
  placeholder: '__debezium_unavailable_value',
  binary: 'bytes',
  decimals: 'string',
  times: 'adaptive',
};
