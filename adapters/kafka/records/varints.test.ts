/** Proves that integers are read as kafkajs writes them, and that truncated and overlong ones are detected. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Varints } from './varints.ts';

type Encoder = {
  readonly buffer: Buffer;
  readonly writeVarInt: (value: number) => Encoder;
  readonly writeVarLong: (value: bigint) => Encoder;
};
const newEncoder: new () => Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js');

test('any integer of 32 bits is read to its last byte', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const { buffer } = new newEncoder().writeVarInt(value);
      const varints = new Varints(buffer);
      expect([varints.int(), varints.at]).toEqual([value, buffer.length]);
    }),
  );
});

test('any integer of 64 bits is read to its last byte, and exactly when it is a number', () => {
  const near = fc.tuple(fc.constantFrom(0n, 7n, 14n, 28n, 48n, 49n, 53n, 62n), fc.integer({ min: -200, max: 200 }));
  const long = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    near.map(([bits, more]) => 2n ** bits + BigInt(more)),
    near.map(([bits, more]) => -(2n ** bits) + BigInt(more)),
  );
  fc.assert(
    fc.property(long, (value) => {
      const { buffer } = new newEncoder().writeVarLong(value);
      const varints = new Varints(buffer);
      const read = varints.long();
      expect([BigInt(read), varints.at]).toEqual([value, buffer.length]);
      expect(typeof read === 'bigint' || Number.isSafeInteger(read)).toBe(true);
    }),
  );
});

test.each([
  ['int', 5],
  ['long', 10],
] as const)('an integer without an end (%s) moves behind the bytes', (kind, most) => {
  const endless = [0, 1, most - 1, most, most + 1, 1_000].map((length) => Buffer.alloc(length, 0xff));
  for (const bytes of [...endless, Buffer.alloc(most + 1, 0xff).fill(0, most)]) {
    const varints = new Varints(bytes);
    varints[kind]();
    expect(varints.at).toBeGreaterThan(bytes.length);
  }
});

test('bits beyond the 64th are ignored, as in Java', () => {
  const ending = (byte: number) => new Varints(Buffer.alloc(10, 0xff).fill(byte, 9)).long();
  expect([ending(0x01), ending(0x7f)]).toEqual([-(2n ** 63n), -(2n ** 63n)]);
});
