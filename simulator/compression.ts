/** Names of Kafka's codecs for the command line, and their types in kafkajs. */
import kafkajs from 'kafkajs';
import { codecTypes, registerCodecs } from '../adapters/kafka/codec/codecs.ts';

const types = { none: kafkajs.CompressionTypes.None, ...codecTypes } as const;

/** The Kafka name of a codec. */
export type CompressionName = keyof typeof types;

export const compressionNames = Object.keys(types) as readonly CompressionName[];

const isName = (name: string): name is CompressionName => Object.hasOwn(types, name);

/** The kafkajs type of a codec, which is registered first. Throws a `RangeError` for an unknown name. */
export function compressionType(name: string): kafkajs.CompressionTypes {
  if (!isName(name)) {
    throw new RangeError(`compression '${name}' is unknown; expected one of ${compressionNames.join(', ')}`);
  }
  registerCodecs();
  return types[name];
}
