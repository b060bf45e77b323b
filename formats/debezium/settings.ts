/** Settings of the connector that affect its values and that messages do not contain. */

/** Settings of the connector. The defaults are those of `connector create`. */
export type ValueSettings = {
  /** `unavailable.value.placeholder`; null takes every value as it is. */
  readonly placeholder: string | null;
  /** `binary.handling.mode`. In JSON, `bytes` is also base64, but only with `bytes` can unchanged values be recognised. */
  readonly binary: 'bytes' | 'base64' | 'base64-url-safe' | 'hex';
  /** `decimal.handling.mode`, for messages without a schema. */
  readonly decimals: 'string' | 'precise' | 'double';
  /** `time.precision.mode`, for messages without a schema. */
  readonly times: 'adaptive' | 'adaptive_time_microseconds' | 'connect' | 'isostring' | 'microseconds' | 'nanoseconds';
};

/** Debezium's defaults, except that decimals are exact. */
export const defaultSettings: ValueSettings = {
  placeholder: '__debezium_unavailable_value',
  binary: 'bytes',
  decimals: 'string',
  times: 'adaptive',
};
