import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { CodecError } from './codec-error.ts';
import { batchLimit, codecs, codecTypes, registerCodecs } from './codecs.ts';
import { lz4Batch, rows as reference, snappyBatch, zstdBatch } from './reference-batches.ts';
import { xxh32 } from './xxh32.ts';
import { packZstd, unpackZstd, wasmLibrary } from './zstd.ts';

const wasm = wasmLibrary();
const all = {
  ...codecs,
  'zstd by WebAssembly': {
    pack: (input: Buffer) => packZstd(input, wasm),
    unpack: (input: Buffer, limit: number) => unpackZstd(input, limit, wasm),
  },
};

/** Bytes with near and distant repetitions, like those of rows. */
const rows = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(400))
        .map(([bytes, times]) =>
          Uint8Array.from({ length: bytes.length * times }, (_, index) => bytes[index % bytes.length] ?? 0),
        ),
      fc.constantFrom('{"id":1,"first_name":"John"}', '{"id":2,"first_name":"Jane"}').map((text) => Buffer.from(text)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

const text = Buffer.from(
  Array.from({ length: 30_000 }, (_, id) => `{"id":${id},"email":"u${id % 97}@x.org"}`).join('\n'),
);

type Unpack = (input: Buffer, limit: number) => Buffer | Promise<Buffer>;

/** Returns the unpacked bytes, or the code of a `CodecError`. Any other error fails the test. */
async function outcome(unpack: Unpack, input: Buffer, limit = batchLimit) {
  try {
    return await unpack(input, limit);
  } catch (error) {
    if (error instanceof CodecError && !error.retriable && error.reaction === 'stop') return error.code;
    throw error;
  }
}

describe.each(Object.entries(all))('%s', (_name, { pack, unpack }) => {
  const open = (input: Buffer, limit?: number) => outcome(unpack, input, limit);

  test('unpacks exactly what it packed', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (input) => {
        expect(Buffer.compare(await unpack(await pack(input), batchLimit), input)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test.each([0, 1, 12, 13, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000])(
    'packs and unpacks %i bytes, repetitive or random',
    async (size) => {
      const repeated = Buffer.alloc(size, 'abc');
      for (const input of [Buffer.alloc(size), repeated, randomBytes(size), text.subarray(0, size)]) {
        expect(Buffer.compare(await unpack(await pack(input), batchLimit), input)).toBe(0);
      }
    },
  );

  test('compresses a large batch of text to less than half', async () => {
    const input = Buffer.concat([text, text, text]);
    expect(input.length).toBeGreaterThan(2_000_000);
    const packed = await pack(input);
    expect(packed.length).toBeLessThan(input.length / 2);
    expect(Buffer.compare(await unpack(packed, batchLimit), input)).toBe(0);
  });

  test('rejects a truncated batch', async () => {
    const packed = await pack(text.subarray(0, 200_000));
    for (const part of [0, 0.001, 0.01, 0.3, 0.7, 0.99, 0.99999]) {
      const cut = packed.subarray(0, Math.floor(packed.length * part));
      expect({ part, outcome: await open(cut) }).toEqual({ part, outcome: 'corrupt_batch' });
    }
  });

  test('unpacks or throws a CodecError when any bytes are flipped', async () => {
    const packed = await pack(text.subarray(0, 100_000));
    const flip = fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 5 }), async (flips) => {
        const corrupted = Buffer.from(packed);
        for (const [at, mask] of flips) corrupted[at] = (corrupted[at] ?? 0) ^ mask;
        await open(corrupted, 1_000_000);
      }),
      { numRuns: 150 },
    );
  });

  test('unpacks or throws a CodecError for random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        await open(Buffer.from(noise), 1_000_000);
        // After the start of a real batch, the decoder reads more of the noise.
        await open(Buffer.concat([(await pack(text.subarray(0, 100))).subarray(0, 20), noise]), 1_000_000);
      }),
      { numRuns: 150 },
    );
  });

  test('rejects a batch above the limit and accepts one at the limit', async () => {
    const input = Buffer.alloc(1_000_000);
    const packed = await pack(input);
    expect(await open(packed, 999_000)).toBe('batch_too_large');
    expect(await open(packed, 400_000)).toBe('batch_too_large');
    const unpacked = await open(packed, 1_000_000);
    expect(Buffer.isBuffer(unpacked) && unpacked.equals(input)).toBe(true);
  });
});

test('batches of the reference implementations are read, although our codecs do not write these variants', async () => {
  expect(codecs.lz4.unpack(lz4Batch, batchLimit).equals(reference)).toBe(true);
  expect((await codecs.zstd.unpack(zstdBatch, batchLimit)).equals(reference)).toBe(true);
  expect((await unpackZstd(zstdBatch, batchLimit, wasm)).equals(reference)).toBe(true);
  expect(codecs.snappy.unpack(snappyBatch, batchLimit).equals(reference.subarray(0, 600))).toBe(true);
});

test.each([
  ['lz4', codecs.lz4.unpack, lz4Batch],
  ['zstd', codecs.zstd.unpack, zstdBatch],
] as const)('with checksums, %s never unpacks a changed batch to other content', async (_name, unpack, batch) => {
  for (let at = 0; at < 90; at += 1) {
    const corrupted = Buffer.from(batch);
    corrupted[at] = (corrupted[at] ?? 0) ^ 1;
    const found = await outcome(unpack, corrupted);
    if (Buffer.isBuffer(found)) expect({ at, same: found.equals(reference) }).toEqual({ at, same: true });
  }
});

test.each([
  ['', 0x02cc5d05],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('xxh32 hashes %j to the published value', (input, hash) => expect(xxh32(Buffer.from(input))).toBe(hash));

test('snappy rejects lengths that exceed the data, that exceed the limit, and that a signed reader would read as negative', async () => {
  const wrongLengths = [
    // 4 GiB of literals; 2 GiB declared for three bytes; a literal length that a signed reader would read as -5.
    [0x05, 0xfc, 0xff, 0xff, 0xff, 0xff, 1],
    [0xff, 0xff, 0xff, 0xff, 0x07, 0, 1],
    [0x05, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1],
  ];
  const codes = await Promise.all(wrongLengths.map((bytes) => outcome(codecs.snappy.unpack, Buffer.from(bytes))));
  expect(codes).toEqual(['corrupt_batch', 'batch_too_large', 'corrupt_batch']);
});

test('gzip with several members is read to its end', async () => {
  const members = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  expect(String(await codecs.gzip.unpack(members, 100))).toBe('one two');
});

test('kafkajs finds every codec, and a second registration changes nothing', () => {
  registerCodecs();
  const { CompressionCodecs } = kafkajs;
  const found = Object.values(codecTypes).map((type) => CompressionCodecs[type]());
  registerCodecs();
  expect(Object.values(codecTypes).map((type) => CompressionCodecs[type]())).toEqual(found);
  expect(new Set(found).size).toBe(4);
});

test('a batch that cannot be unpacked raises an error that kafkajs does not retry', async () => {
  registerCodecs();
  const codec = kafkajs.CompressionCodecs[codecTypes.lz4]();
  await expect(codec.decompress(Buffer.from('no lz4 at all'))).rejects.toMatchObject({
    code: 'corrupt_batch',
    retriable: false,
    message: 'a lz4 batch cannot be unpacked: it is not an LZ4 frame',
  });
});
