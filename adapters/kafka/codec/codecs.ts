/**
 * Kafka's codecs for kafkajs, which has only gzip, without a size limit. An unpacked batch is held in memory whole, and a
 * batch of a few kilobytes can be crafted to unpack to gigabytes, so every codec takes a limit.
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
 * Most bytes that a batch may unpack to. The broker limits the packed size to `max.message.bytes`, 1 MiB by default.
 * Rows as JSON compress 5 to 20 times, repetitive rows about 100 times, a decompression bomb 1,000 (gzip) to 30,000 times
 * (zstd). So 128 MiB admits every batch of real rows at the default limit, and ratios up to 12 at a tenfold limit.
 */
export const batchLimit = 128 * 2 ** 20;

/** Packs, and unpacks up to a limit. */
type Codec = {
  readonly pack: (input: Buffer) => Buffer | Promise<Buffer>;
  /** Throws a `PipelineError`, `corrupt_batch` or `batch_too_large`; never allocates more than the limit. */
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

/** The codecs by their Kafka names. */
export const codecs = {
  gzip: { pack: packGzip, unpack: unpackGzip },
  snappy: { pack: packSnappy, unpack: unpackSnappy },
  lz4: { pack: packLz4, unpack: unpackLz4 },
  zstd: { pack: packZstd, unpack: unpackZstd },
} as const satisfies { readonly [name: string]: Codec };

/** The interface of kafkajs, which passes its encoder with the content as `buffer`. */
const adapt = ({ pack, unpack }: Codec) => ({
  compress: async ({ buffer }: { readonly buffer: Buffer }) => pack(buffer),
  decompress: async (buffer: Buffer) => unpack(buffer, batchLimit),
});

/** The types of the codecs in kafkajs. */
export const codecTypes = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const satisfies { readonly [Name in keyof typeof codecs]: kafkajs.CompressionTypes };

let registered = false;

/** Registers all codecs with kafkajs for every client of this process. Later calls do nothing. */
export function registerCodecs(): void {
  if (registered) return;
  registered = true;
  for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const codec = adapt(codecs[name]);
    CompressionCodecs[codecTypes[name]] = () => codec;
  }
}
