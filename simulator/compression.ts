/** Names of Kafka's codecs for the command line, and whether kafkajs can use them here. */
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes } = kafkajs;

const types = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const satisfies { readonly [name: string]: kafkajs.CompressionTypes };

/** A codec by its Kafka name. */
export type CompressionName = keyof typeof types;

export const compressionNames = Object.keys(types) as readonly CompressionName[];

const isName = (name: string): name is CompressionName => Object.hasOwn(types, name);

/**
 * The kafkajs type of a codec. Throws a `RangeError` for an unknown name, and for a codec that was not registered in
 * kafkajs's `CompressionCodecs` (it brings gzip only).
 */
export function compressionType(name: string): kafkajs.CompressionTypes {
  if (!isName(name)) {
    throw new RangeError(`compression '${name}' is unknown; expected one of ${compressionNames.join(', ')}`);
  }
  const type = types[name];
  if (type === CompressionTypes.None) return type;
  try {
    CompressionCodecs[type]();
  } catch {
    throw new RangeError(`compression '${name}' needs a codec that is not installed; none and gzip always work`);
  }
  return type;
}
