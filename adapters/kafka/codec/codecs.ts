/**
 * Kafka's codecs for kafkajs, which brings gzip alone and that without a limit. What is unpacked is held whole, so its
 * size is bounded: a batch of a few kilobytes can be made to unpack to gigabytes.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { corrupt, tooLarge } from './codec-error.ts';
import { packLz4, unpackLz4 } from './lz4.ts';
import { packSnappy, unpackSnappy } from './snappy.ts';
import { packZstd, unpackZstd } from './zstd.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/**
 * Most bytes a batch may unpack to. The broker bounds what is packed: `max.message.bytes`, 1 MiB unless it was raised.
 * Rows as JSON pack 5 to 20 times, rows that repeat each other about 100 times; a bomb 1,000 (gzip) to 30,000 times
 * (zstd). So 128 MiB takes in every batch of real rows up to the default limit, and 10:1 when that was raised tenfold.
 */
export const batchLimit = 128 * 2 ** 20;

/** A codec: packs, and unpacks at most so many bytes. */
type Codec = {
  readonly pack: (input: Buffer) => Buffer | Promise<Buffer>;
  /** Throws a `PipelineError`, `corrupt_batch` or `batch_too_large`; never takes more memory than the limit. */
  readonly unpack: (input: Buffer, limit: number) => Buffer | Promise<Buffer>;
};

const packGzip = promisify<Buffer, Buffer>(gzip);
const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

async function unpackGzip(input: Buffer, limit: number): Promise<Buffer> {
  try {
    return await gunzipped(input, { maxOutputLength: limit });
  } catch (error) {
    const isSize = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isSize ? tooLarge('gzip', limit) : corrupt('gzip', 'a member is damaged', error);
  }
}

/** The codecs by the names Kafka gives them. */
export const codecs = {
  gzip: { pack: packGzip, unpack: unpackGzip },
  snappy: { pack: packSnappy, unpack: unpackSnappy },
  lz4: { pack: packLz4, unpack: unpackLz4 },
  zstd: { pack: packZstd, unpack: unpackZstd },
} as const satisfies { readonly [name: string]: Codec };

/** As kafkajs wants it; it hands over its encoder, whose content is `buffer`. */
const adapt = ({ pack, unpack }: Codec) => ({
  compress: async ({ buffer }: { readonly buffer: Buffer }) => pack(buffer),
  decompress: async (buffer: Buffer) => unpack(buffer, batchLimit),
});

/** Their types in kafkajs. */
export const codecTypes = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const satisfies { readonly [Name in keyof typeof codecs]: kafkajs.CompressionTypes };

let registered = false;

/** Makes all codecs known to kafkajs, for every client of this process; once. */
export function registerCodecs(): void {
  if (registered) return;
  registered = true;
  for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const codec = adapt(codecs[name]);
    CompressionCodecs[codecTypes[name]] = () => codec;
  }
}
