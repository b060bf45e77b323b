/** Opens a dump and unpacks it on the way, with memory bounded by a few pieces. The first bytes decide, not the name. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { DumpError } from './dump-error.ts';

/** A dump as it is read. */
export type OpenDump = {
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes of the file read so far. */
  readonly bytesRead: () => number;
  /** The unpacked text. Throws `DumpError` where the file is damaged. */
  readonly text: AsyncIterable<Buffer>;
};

/** Bytes read at once; a packed piece becomes several times as long. */
const pieceBytes = 256 * 1024;
const packedPieceBytes = 32 * 1024;

/** Formats that are not SQL text, by their first bytes in hexadecimal. Source: the "magic" file of file(1). */
const foreign = [
  {
    starts: '5047444d50',
    what: 'a dump in the custom format',
    fix: (path: string) => `pg_restore -f dump.sql ${path}`,
  },
  {
    starts: '746f632e646174',
    what: 'a dump in the tar format',
    fix: (path: string) => `pg_restore -f dump.sql ${path}`,
  },
  { starts: '425a68', what: 'packed with bzip2', fix: (path: string) => `bunzip2 -k ${path}` },
  { starts: 'fd377a585a00', what: 'packed with xz', fix: (path: string) => `xz -dk ${path}` },
  { starts: '504b0304', what: 'a zip archive', fix: (path: string) => `unzip ${path}` },
  { starts: 'fffe', what: 'UTF-16', fix: (path: string) => `iconv -f UTF-16 -t UTF-8 ${path} > dump.sql` },
  { starts: 'feff', what: 'UTF-16', fix: (path: string) => `iconv -f UTF-16 -t UTF-8 ${path} > dump.sql` },
];

/** A frame of Zstandard, or a skippable frame, which parallel packers write first. Source: RFC 8878. */
const zstdStart = /^(?:28b52ffd|5[0-9a-f]2a4d18)/;

/** What Node has from version 22.15 on; `bytesWritten` are the packed bytes that belonged to the frame. */
type BuiltIn = { readonly createZstdDecompress: () => Transform & { readonly bytesWritten: number } };
const hasZstd = (library: object): library is BuiltIn => 'createZstdDecompress' in library;

/** Opens `.sql`, `.sql.gz` and `.sql.zst`. Throws `DumpError` for other formats, and the errors of opening the file. */
export async function openDump(path: string): Promise<OpenDump> {
  const { size, isDirectory } = await describe(path);
  if (isDirectory)
    throw new DumpError(
      path,
      null,
      'it is a folder',
      `Of a dump in the directory format: pg_restore -f dump.sql ${path}`,
    );
  const head = await firstBytes(path);
  const found = foreign.find(({ starts }) => head.startsWith(starts));
  if (found !== undefined)
    throw new DumpError(path, null, `it is ${found.what}; expected plain SQL of pg_dump`, `Run: ${found.fix(path)}`);
  const isGzip = head.startsWith('1f8b');
  const isZstd = zstdStart.test(head);
  if (isZstd && hasZstd(zlib)) {
    const progress = { bytesRead: 0 };
    const text = named(path, 'zstd', unzstdByFrame(path, size, zlib, progress));
    return { bytes: size, bytesRead: () => progress.bytesRead, text };
  }
  const file = createReadStream(path, { highWaterMark: isGzip || isZstd ? packedPieceBytes : pieceBytes });
  const bytesRead = () => file.bytesRead;
  if (isZstd) return { bytes: size, bytesRead, text: named(path, 'zstd', unzstd(file)) };
  if (!isGzip) return { bytes: size, bytesRead, text: file };
  const gunzip = zlib.createGunzip({ chunkSize: pieceBytes });
  return { bytes: size, bytesRead, text: named(path, 'gzip', through(file, gunzip)) };
}

/** The unpacked pieces of a file. An error of either stream ends the loop that reads them, so the callback does nothing. */
const through = (file: Readable, transform: Transform): Transform => pipeline(file, transform, () => undefined);

async function describe(path: string): Promise<{ size: number; isDirectory: boolean }> {
  const found = await stat(path);
  return { size: found.size, isDirectory: found.isDirectory() };
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** An empty skippable frame, which no other frame needs to be complete. Source: RFC 8878. */
const emptyFrame = Buffer.from('502a4d1800000000', 'hex');

/**
 * Zstandard by Node. Its stream ends after the first frame and ignores all others, so each frame gets a stream of its own. Node 22
 * takes the end of the input for the end of the frame, so bytes are sent behind the file: a frame that takes them was cut.
 */
async function* unzstdByFrame(
  path: string,
  size: number,
  library: BuiltIn,
  progress: { bytesRead: number },
): AsyncGenerator<Buffer> {
  for (let start = 0; start < size; start = progress.bytesRead) {
    const frame = library.createZstdDecompress();
    for await (const piece of through(fileAndEmptyFrame(path, start), frame)) {
      progress.bytesRead = Math.min(start + frame.bytesWritten, size);
      yield piece;
    }
    const end = start + frame.bytesWritten;
    if (end > size) throw new Error('the last frame is cut');
    if (end === start) throw new Error('a frame is empty');
    progress.bytesRead = end;
  }
}

/** The frame is in one piece with the last bytes of the file, because the stream ignores only the rest of a piece. */
const fileAndEmptyFrame = (path: string, start: number): Readable =>
  Readable.from(
    (async function* () {
      let last: Buffer = Buffer.alloc(0);
      for await (const piece of createReadStream(path, { start, highWaterMark: packedPieceBytes })) {
        yield last;
        last = piece;
      }
      yield Buffer.concat([last, emptyFrame]);
    })(),
    { objectMode: false, highWaterMark: packedPieceBytes },
  );

/** Zstandard in JavaScript, for older versions of Node. It finds broken frames, but does not verify their checksums. */
export async function* unzstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let unpacked: Buffer[] = [];
  // The library uses its memory again, so the bytes are copied.
  const library = new Decompress((bytes) => unpacked.push(Buffer.from(bytes)));
  for await (const piece of packed) {
    library.push(piece);
    yield* unpacked;
    unpacked = [];
  }
  library.push(new Uint8Array(0), true);
  yield* unpacked;
}

/** Names the file in errors of unpacking; errors of reading it name it already. */
async function* named(path: string, format: string, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* pieces;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DumpError(path, null, `it cannot be unpacked with ${format}: ${reason}`, 'Copy or make the file again.', {
      cause: error,
    });
  }
}
