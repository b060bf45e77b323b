/** Zstandard by Node itself where it can (22.15 and later), else by WebAssembly, compiled when it is first needed. */
import * as zlib from 'node:zlib';
import { corrupt, tooLarge } from './codec-error.ts';
import { zstdFrames } from './zstd-frames.ts';

/** Unpacks one whole frame of at most `most` bytes; packs into one frame. */
type Engine = {
  readonly unpack: (frame: Buffer, most: number) => Buffer;
  readonly pack: (input: Buffer) => Buffer;
};

/** What later versions of `node:zlib` have. */
type BuiltIn = {
  readonly zstdCompressSync: (input: Buffer) => Buffer;
  readonly zstdDecompressSync: (input: Buffer, options: { maxOutputLength: number }) => Buffer;
};

const hasZstd = (library: object): library is BuiltIn =>
  'zstdCompressSync' in library && 'zstdDecompressSync' in library;

const builtIn = (library: BuiltIn): Engine => ({
  unpack: (frame, most) => library.zstdDecompressSync(frame, { maxOutputLength: most }),
  pack: (input) => library.zstdCompressSync(input),
});

/** The engine of WebAssembly. Its memory grows to the largest batch met, and stays so. */
export async function wasmEngine(): Promise<Engine> {
  const { default: library } = await import('@foxglove/wasm-zstd');
  await library.isLoaded;
  return { unpack: (frame, most) => library.decompress(frame, most), pack: (input) => library.compress(input) };
}

let engine: Promise<Engine> | undefined;

/** The engine of this process. */
const theEngine = (): Promise<Engine> => {
  engine ??= hasZstd(zlib) ? Promise.resolve(builtIn(zlib)) : wasmEngine();
  return engine;
};

/** Unpacks a batch. Throws `corrupt_batch`, or `batch_too_large` before it takes more memory than `limit`. */
export async function unpackZstd(input: Buffer, limit: number, use = theEngine()): Promise<Buffer> {
  const frames = zstdFrames(input);
  // The bound exceeds the size by less than a block for each frame, which is nothing beside the limit.
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
export async function packZstd(input: Buffer, use = theEngine()): Promise<Buffer> {
  return (await use).pack(input);
}
