/**
 * Finds the frames of a Zstandard batch (RFC 8878) and a bound of their unpacked sizes, without unpacking. Java's producer
 * streams, so its frames do not contain their size, and the decoder must know how much memory to allocate.
 */
import { corrupt } from './codec-error.ts';

/** One frame and the most bytes that it can unpack to. */
export type ZstdFrame = { readonly data: Buffer; readonly most: number };

const magic = 0xfd2fb528;
const largestBlock = 128 * 1024;

const damaged = (what: string) => corrupt('zstd', what);

/** The frames of a batch in order, without skippable frames. Throws `corrupt_batch`. */
export function zstdFrames(input: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let at = 0;
  const number = (bytes: number): number => {
    if (bytes > input.length - at) throw damaged('it ends too early');
    at += bytes;
    return bytes > 6 ? Number(input.readBigUInt64LE(at - bytes)) : input.readUIntLE(at - bytes, bytes);
  };
  const skip = (bytes: number): void => {
    if (bytes > input.length - at) throw damaged('it ends too early');
    at += bytes;
  };

  const header = () => {
    const flags = number(1);
    if (flags & 8) throw damaged('its header is unknown');
    const single = (flags & 32) !== 0;
    const window = single ? null : number(1);
    if (flags & 3 && number([0, 1, 2, 4][flags & 3] ?? 0) !== 0) throw damaged('it needs a dictionary');
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
    const size = sizeBytes === 0 ? null : number(sizeBytes) + (sizeBytes === 2 ? 256 : 0);
    const reach = window === null ? (size ?? 0) : 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
    return { size, block: Math.min(largestBlock, reach), checksum: (flags & 4) !== 0 };
  };

  while (at < input.length) {
    const start = at;
    const word = number(4);
    if (word >>> 4 === 0x184d2a5) {
      skip(number(4));
      continue;
    }
    if (word !== magic) throw damaged('it is not a zstd frame');
    const { size, block, checksum } = header();
    let most = 0;
    for (let last = false; !last; ) {
      const head = number(3);
      last = (head & 1) === 1;
      const kind = (head >> 1) & 3;
      const length = head >> 3;
      if (kind === 3 || length > largestBlock) throw damaged('a block is unknown');
      most += kind === 2 ? block : length;
      skip(kind === 1 ? 1 : length);
    }
    if (checksum) skip(4);
    if (size !== null && size > most) throw damaged('its size is not that of its blocks');
    frames.push({ data: input.subarray(start, at), most: size ?? most });
  }
  if (frames.length === 0) throw damaged('it is empty');
  return frames;
}
