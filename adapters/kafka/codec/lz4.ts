/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Reads every variant that
 * producers write: dependent and independent blocks, any block size, with and without checksums and content size, several
 * frames and skippable ones. Writes frames like Kafka's own producer: independent blocks of 64 KiB, a checksum only of the header.
 */
import { corrupt, tooLarge } from './codec-error.ts';
import { packBlock, packedBound, unpackBlock } from './lz4-block.ts';
import { blockBytes } from './matches.ts';
import { trim } from './output.ts';
import { xxh32 } from './xxh32.ts';

const magic = 0x184d2204;
/** Largest block by its code in the header. */
const blockSizes = new Map([4, 5, 6, 7].map((code) => [code, 2 ** (8 + 2 * code)]));
const stored = 0x80000000;
/** One packed byte yields at most this many bytes. */
const bestRatio = 255;

const damaged = (what: string) => corrupt('lz4', what);

type Block = { readonly data: Buffer; readonly stored: boolean; readonly most: number };
type Frame = {
  readonly blocks: readonly Block[];
  readonly independent: boolean;
  readonly size: number | null;
  readonly checksum: number | null;
};

/** Reads little-endian numbers and slices; throws at the end of the input. */
class Reader {
  readonly #input: Buffer;
  #at = 0;

  constructor(input: Buffer) {
    this.#input = input;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.#input.length;
  }

  take(length: number): Buffer {
    if (length > this.#input.length - this.#at) throw damaged('it ends too early');
    this.#at += length;
    return this.#input.subarray(this.#at - length, this.#at);
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  since(at: number): Buffer {
    return this.#input.subarray(at, this.#at);
  }
}

/** Unpacks a batch. Throws `corrupt_batch`, or `batch_too_large` before it takes more memory than `limit`. */
export function unpackLz4(input: Buffer, limit: number): Buffer {
  const frames = readFrames(input);
  let most = 0;
  for (const frame of frames) {
    const bound = frame.blocks.reduce((sum, block) => sum + block.most, 0);
    if (frame.size !== null && frame.size > bound) throw damaged('its size is not that of its blocks');
    most += frame.size ?? bound;
  }
  // The bound counts last blocks as full and may exceed the limit, so only the actual size is checked against it.
  const output = Buffer.allocUnsafe(Math.min(most, limit));
  let at = 0;
  for (const frame of frames) at = unpackFrame(frame, output, at, limit);
  return trim(output, at);
}

function unpackFrame(frame: Frame, output: Buffer, begin: number, limit: number): number {
  let at = begin;
  for (const block of frame.blocks) {
    const end = at + block.most;
    const room = { output, at, start: frame.independent ? at : begin, end: Math.min(end, output.length) };
    if (block.stored) {
      if (end > output.length) throw output.length === limit ? tooLarge('lz4', limit) : damaged('its size is wrong');
      at += block.data.copy(output, at);
    } else {
      at = unpackWithin(block.data, room, end, limit);
    }
  }
  if (frame.size !== null && at - begin !== frame.size) throw damaged('its size is wrong');
  if (frame.checksum !== null && xxh32(output.subarray(begin, at)) !== frame.checksum)
    throw damaged('its checksum is wrong');
  return at;
}

/** Distinguishes a damaged block from one that only exceeds the limit. */
function unpackWithin(data: Buffer, room: Parameters<typeof unpackBlock>[1], end: number, limit: number): number {
  try {
    return unpackBlock(data, room);
  } catch (error) {
    if (end > room.output.length && room.output.length === limit) throw tooLarge('lz4', limit);
    throw error;
  }
}

function readFrames(input: Buffer): Frame[] {
  const reader = new Reader(input);
  const frames: Frame[] = [];
  while (!reader.done) {
    const word = reader.uint32();
    if (word === magic) frames.push(readFrame(reader));
    else if (word >>> 4 === 0x184d2a5) reader.take(reader.uint32());
    else throw damaged('it is not an LZ4 frame');
  }
  if (frames.length === 0) throw damaged('it is empty');
  return frames;
}

function readFrame(reader: Reader): Frame {
  const header = reader.at;
  const [flags = 0, descriptor = 0] = reader.take(2);
  const blockSize = blockSizes.get((descriptor >> 4) & 7);
  if (flags >> 6 !== 1 || blockSize === undefined) throw damaged('its header is unknown');
  if (flags & 1) throw damaged('it needs a dictionary');
  const size = flags & 8 ? Number(reader.take(8).readBigUInt64LE()) : null;
  const check = (xxh32(reader.since(header)) >>> 8) & 255;
  if (reader.take(1)[0] !== check) throw damaged('the checksum of its header is wrong');
  const blocks: Block[] = [];
  for (let word = reader.uint32(); word !== 0; word = reader.uint32()) {
    const length = word & 0x7fffffff;
    if (length > blockSize) throw damaged('a block is larger than its frame allows');
    const data = reader.take(length);
    if (flags & 16 && xxh32(data) !== reader.uint32()) throw damaged('the checksum of a block is wrong');
    const isStored = word >= stored;
    blocks.push({ data, stored: isStored, most: isStored ? length : Math.min(blockSize, length * bestRatio) });
  }
  const checksum = flags & 4 ? reader.uint32() : null;
  return { blocks, independent: (flags & 32) !== 0, size, checksum };
}

/** Packs a batch into one frame. */
export function packLz4(input: Buffer): Buffer {
  const blocks = Math.ceil(input.length / blockBytes);
  const output = Buffer.allocUnsafe(7 + packedBound(input.length) + blocks * 20 + 4);
  output.writeUInt32LE(magic);
  // Version 1, independent blocks; blocks of 64 KiB.
  output[4] = 0x60;
  output[5] = 0x40;
  output[6] = (xxh32(output.subarray(4, 6)) >>> 8) & 255;
  let at = 7;
  for (let from = 0; from < input.length; from += blockBytes) {
    const to = Math.min(from + blockBytes, input.length);
    const end = packBlock(input, from, to, output, at + 4);
    const length = end - at - 4;
    if (length < to - from) {
      output.writeUInt32LE(length, at);
      at = end;
    } else {
      output.writeUInt32LE(stored + to - from, at);
      at += 4 + input.copy(output, at + 4, from, to);
    }
  }
  output.writeUInt32LE(0, at);
  return trim(output, at + 4);
}
