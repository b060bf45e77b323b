/** Zstandard by `node:zlib` where available (Node 22.15 and later), else by WebAssembly, compiled at first use. */
import * as zlib from 'node:zlib';
import { corrupt, tooLarge } from './codec-error.ts';
import { zstdFrames } from './zstd-frames.ts';

/** Unpacks one frame to at most `most` bytes; packs into one frame. */
type ZstdLibrary = {
  readonly unpack: (frame: Buffer, most: number) => Buffer;
  readonly pack: (input: Buffer) => Buffer;
};

/** The functions that later versions of `node:zlib` have. */
type BuiltIn = {
  readonly zstdCompressSync: (input: Buffer) => Buffer;
  readonly zstdDecompressSync: (input: Buffer, options: { maxOutputLength: number }) => Buffer;
};

const hasZstd = (library: object): library is BuiltIn =>
  'zstdCompressSync' in library && 'zstdDecompressSync' in library;

const builtIn = (library: BuiltIn): ZstdLibrary => ({
  unpack: (frame, most) => library.zstdDecompressSync(frame, { maxOutputLength: most }),
  pack: (input) => library.zstdCompressSync(input),
});

/** Zstandard by WebAssembly. Its memory grows to fit the largest batch and never shrinks. */
export async function wasmLibrary(): Promise<ZstdLibrary> {
  const { default: library } = await import('@foxglove/wasm-zstd');
  await library.isLoaded;
  return { unpack: (frame, most) => library.decompress(frame, most), pack: (input) => library.compress(input) };
}

let loaded: Promise<ZstdLibrary> | undefined;

/** The library of this process, loaded once. */
const library = (): Promise<ZstdLibrary> => {
  loaded ??= hasZstd(zlib) ? Promise.resolve(builtIn(zlib)) : wasmLibrary();
  return loaded;
};

/** Unpacks a batch. Throws `corrupt_batch`, or `batch_too_large` before it takes more memory than `limit`. */
export async function unpackZstd(input: Buffer, limit: number, use = library()): Promise<Buffer> {
  const frames = zstdFrames(input);
  // The bound exceeds the actual size by less than one block a frame, which is negligible beside the limit.
  if (frames.reduce((sum, { most }) => sum + most, 0) > limit) throw tooLarge('zstd', limit);
  const { unpack } = await use;
  const parts = frames.map(({ data, most }) => {
    if (most === 0) return Buffer.alloc(0);
    try {
      return unpack(data, most);
    } catch (error) {
      throw corrupt('zstd', 'a frame is damaged', error);
    }
  });
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}

/** Packs a batch into one frame. */
export async function packZstd(input: Buffer, use = library()): Promise<Buffer> {
  return (await use).pack(input);
}
