/**
 * Snappy (https://github.com/google/snappy/blob/main/format_description.txt), both bare as librdkafka and kafkajs write it
 * and framed as snappy-java writes it: a header, then blocks of 32 KiB, each after its length. Every length is checked
 * before it is used.
 */
import { corrupt, tooLarge } from './codec-error.ts';
import { blockBytes, findMatches } from './matches.ts';
import { append, repeat, trim } from './output.ts';

/** Magic, version and lowest compatible version of snappy-java's stream. */
const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const magicBytes = 8;

const damaged = (what: string) => corrupt('snappy', what);

type Block = { readonly data: Buffer; readonly start: number; readonly length: number };

/** Unpacks a batch. Throws `corrupt_batch`, or `batch_too_large` before it takes more memory than `limit`. */
export function unpackSnappy(input: Buffer, limit: number): Buffer {
  const blocks = [...split(input)].map(readLength);
  const total = blocks.reduce((sum, { length }) => sum + length, 0);
  if (total > limit) throw tooLarge('snappy', limit);
  // One packed byte yields fewer than 22, so a larger length is wrong. Checked before memory is allocated.
  if (blocks.some(({ data, length }) => length > data.length * 22)) throw damaged('a length is wrong');
  const output = Buffer.allocUnsafe(total);
  let at = 0;
  for (const block of blocks) at = unpackBlock(block, output, at);
  return output;
}

const isFramed = (input: Buffer, at: number): boolean =>
  input.subarray(at, at + magicBytes).equals(header.subarray(0, magicBytes));

function* split(input: Buffer): Generator<Buffer> {
  if (!isFramed(input, 0)) {
    yield input;
    return;
  }
  for (let at = 0; at < input.length; ) {
    // Several streams may be concatenated.
    if (isFramed(input, at)) {
      at += header.length;
      continue;
    }
    if (input.length - at < 4) throw damaged('it ends too early');
    const length = input.readUInt32BE(at);
    at += 4;
    if (length > input.length - at) throw damaged('it ends too early');
    yield input.subarray(at, at + length);
    at += length;
  }
}

function readLength(data: Buffer): Block {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = data[at];
    if (byte === undefined) break;
    length += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) {
      if (length >= 2 ** 32) break;
      return { data, start: at + 1, length };
    }
  }
  throw damaged('it has no length');
}

function unpackBlock({ data, start, length: total }: Block, output: Buffer, begin: number): number {
  const end = begin + total;
  let from = start;
  let to = begin;
  const number = (bytes: number): number => {
    if (bytes > data.length - from) throw damaged('it ends too early');
    from += bytes;
    return data.readUIntLE(from - bytes, bytes);
  };
  while (from < data.length) {
    const tag = data[from++] ?? 0;
    if ((tag & 3) === 0) {
      const length = (tag >> 2 < 60 ? tag >> 2 : number((tag >> 2) - 59)) + 1;
      if (length > data.length - from) throw damaged('literals end too early');
      if (length > end - to) throw damaged('it is longer than it says');
      to = append(output, to, data, from, length);
      from += length;
      continue;
    }
    const short = (tag & 3) === 1;
    const length = short ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = short ? ((tag >> 5) << 8) | number(1) : number((tag & 3) === 2 ? 2 : 4);
    if (distance === 0 || distance > to - begin) throw damaged('a match begins before the data');
    if (length > end - to) throw damaged('it is longer than it says');
    to = repeat(output, to, distance, length);
  }
  if (to !== end) throw damaged('it is shorter than it says');
  return to;
}

/** Packs a batch, framed as Kafka's own producer does. */
export function packSnappy(input: Buffer): Buffer {
  const blocks = Math.ceil(input.length / blockBytes);
  const output = Buffer.allocUnsafe(header.length + input.length + Math.ceil(input.length / 6) + blocks * 40 + 8);
  header.copy(output);
  let at = header.length;
  for (let from = 0; from < input.length; from += blockBytes) {
    const end = packBlock(input, from, Math.min(from + blockBytes, input.length), output, at + 4);
    output.writeUInt32BE(end - at - 4, at);
    at = end;
  }
  return trim(output, at);
}

function packBlock(input: Buffer, from: number, to: number, output: Buffer, at: number): number {
  let out = at;
  for (let rest = to - from; ; rest >>>= 7) {
    output[out++] = rest < 128 ? rest : (rest & 127) | 128;
    if (rest < 128) break;
  }
  const literal = (start: number, count: number): void => {
    if (count === 0) return;
    const last = count - 1;
    output[out++] = last < 60 ? last << 2 : last < 256 ? 60 << 2 : 61 << 2;
    if (last >= 60) output[out++] = last & 255;
    if (last >= 256) output[out++] = last >> 8;
    out = append(output, out, input, start, count);
  };
  const last = findMatches(input, from, to, (literals, begin, distance, length) => {
    literal(literals, begin - literals);
    for (let rest = length; rest > 0; ) {
      const count = Math.min(rest, 64);
      output[out++] = ((count - 1) << 2) | 2;
      output[out++] = distance & 255;
      output[out++] = distance >> 8;
      rest -= count;
    }
  });
  literal(last, to - last);
  return out;
}
