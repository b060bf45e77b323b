import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { CodecError } from './codec-error.ts';
import { batchLimit, codecs, codecTypes, registerCodecs } from './codecs.ts';
import { lz4Batch, rows as reference, snappyBatch, zstdBatch } from './reference-batches.ts';
import { xxh32 } from './xxh32.ts';
import { packZstd, unpackZstd, wasmEngine } from './zstd.ts';

const wasm = wasmEngine();
const all = {
  ...codecs,
  'zstd by WebAssembly': {
    pack: (input: Buffer) => packZstd(input, wasm),
    unpack: (input: Buffer, limit: number) => unpackZstd(input, limit, wasm),
  },
};

/** Bytes that repeat themselves here and there, near and far, as rows do. */
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

/** What a codec makes of bytes: their content, or the code of its own error. Anything else fails the test. */
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

  test('what is packed is unpacked as it was', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (input) => {
        expect(Buffer.compare(await unpack(await pack(input), batchLimit), input)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test.each([0, 1, 12, 13, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000])(
    '%i bytes, alike and unlike, come back',
    async (size) => {
      const repeated = Buffer.alloc(size, 'abc');
      for (const input of [Buffer.alloc(size), repeated, randomBytes(size), text.subarray(0, size)]) {
        expect(Buffer.compare(await unpack(await pack(input), batchLimit), input)).toBe(0);
      }
    },
  );

  test('a large batch of text shrinks and comes back', async () => {
    const input = Buffer.concat([text, text, text]);
    expect(input.length).toBeGreaterThan(2_000_000);
    const packed = await pack(input);
    expect(packed.length).toBeLessThan(input.length / 2);
    expect(Buffer.compare(await unpack(packed, batchLimit), input)).toBe(0);
  });

  test('a batch cut short is refused', async () => {
    const packed = await pack(text.subarray(0, 200_000));
    for (const part of [0, 0.001, 0.01, 0.3, 0.7, 0.99, 0.99999]) {
      const cut = packed.subarray(0, Math.floor(packed.length * part));
      expect({ part, outcome: await open(cut) }).toEqual({ part, outcome: 'corrupt_batch' });
    }
  });

  test('whatever bytes are flipped, it ends in content or in its own error', async () => {
    const packed = await pack(text.subarray(0, 100_000));
    const flip = fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 5 }), async (flips) => {
        const spoiled = Buffer.from(packed);
        for (const [at, mask] of flips) spoiled[at] = (spoiled[at] ?? 0) ^ mask;
        await open(spoiled, 1_000_000);
      }),
      { numRuns: 150 },
    );
  });

  test('noise ends in content or in its own error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
        await open(Buffer.from(noise), 1_000_000);
        // With the beginning of a real batch it gets further.
        await open(Buffer.concat([(await pack(text.subarray(0, 100))).subarray(0, 20), noise]), 1_000_000);
      }),
      { numRuns: 150 },
    );
  });

  test('a batch beyond the limit is refused, one at the limit is not', async () => {
    const input = Buffer.alloc(1_000_000);
    const packed = await pack(input);
    expect(await open(packed, 999_000)).toBe('batch_too_large');
    expect(await open(packed, 400_000)).toBe('batch_too_large');
    const unpacked = await open(packed, 1_000_000);
    expect(Buffer.isBuffer(unpacked) && unpacked.equals(input)).toBe(true);
  });
});

test('what the reference implementations wrote is read, in forms that we do not write', async () => {
  expect(codecs.lz4.unpack(lz4Batch, batchLimit).equals(reference)).toBe(true);
  expect((await codecs.zstd.unpack(zstdBatch, batchLimit)).equals(reference)).toBe(true);
  expect((await unpackZstd(zstdBatch, batchLimit, wasm)).equals(reference)).toBe(true);
  expect(codecs.snappy.unpack(snappyBatch, batchLimit).equals(reference.subarray(0, 600))).toBe(true);
});

test.each([
  ['lz4', codecs.lz4.unpack, lz4Batch],
  ['zstd', codecs.zstd.unpack, zstdBatch],
] as const)('with checksums, %s never takes other content for the right one', async (_name, unpack, batch) => {
  for (let at = 0; at < 90; at += 1) {
    const spoiled = Buffer.from(batch);
    spoiled[at] = (spoiled[at] ?? 0) ^ 1;
    const found = await outcome(unpack, spoiled);
    if (Buffer.isBuffer(found)) expect({ at, same: found.equals(reference) }).toEqual({ at, same: true });
  }
});

test.each([
  ['', 0x02cc5d05],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('the checksum of %j', (input, hash) => expect(xxh32(Buffer.from(input))).toBe(hash));

test('lengths that lie are found out: by more than the data can hold, by four bytes, by a sign', async () => {
  const lies = [
    // 4 GiB of literals; 2 GiB declared for three bytes; a literal length that a signed reader takes for -5.
    [0x05, 0xfc, 0xff, 0xff, 0xff, 0xff, 1],
    [0xff, 0xff, 0xff, 0xff, 0x07, 0, 1],
    [0x05, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1],
  ];
  const codes = await Promise.all(lies.map((lie) => outcome(codecs.snappy.unpack, Buffer.from(lie))));
  expect(codes).toEqual(['corrupt_batch', 'batch_too_large', 'corrupt_batch']);
});

test('a gzip of several members is read to its end', async () => {
  const members = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  expect(String(await codecs.gzip.unpack(members, 100))).toBe('one two');
});

test('kafkajs finds every codec, and each only once', () => {
  registerCodecs();
  const { CompressionCodecs } = kafkajs;
  const found = Object.values(codecTypes).map((type) => CompressionCodecs[type]());
  registerCodecs();
  expect(Object.values(codecTypes).map((type) => CompressionCodecs[type]())).toEqual(found);
  expect(new Set(found).size).toBe(4);
});

test('kafkajs gets the error of a batch that cannot be unpacked as one that is not tried again', async () => {
  registerCodecs();
  const codec = kafkajs.CompressionCodecs[codecTypes.lz4]();
  await expect(codec.decompress(Buffer.from('no lz4 at all'))).rejects.toMatchObject({
    code: 'corrupt_batch',
    retriable: false,
    message: 'a lz4 batch cannot be unpacked: it is no lz4 frame',
  });
});
