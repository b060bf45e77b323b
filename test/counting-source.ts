/** A source of a load that counts what is read from it, to prove that a slow target slows the reading down. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadSource } from '../engines/load.ts';
import { until } from './sluice.ts';

/** The source, and the bytes of the rows that were taken from it. */
export function countingSource(source: LoadSource): { readonly source: LoadSource; readonly bytes: () => number } {
  let bytes = 0;
  async function* counted<T>(parts: AsyncIterable<T>, sizeOf: (part: T) => number): AsyncGenerator<T> {
    for await (const part of parts) {
      bytes += sizeOf(part);
      yield part;
    }
  }
  return {
    source: {
      ...source,
      open: async (name) => {
        const reader = await source.open(name);
        const { read, readCopyText } = reader;
        reader.read = (chunk, columns) =>
          counted(read.call(reader, chunk, columns), (rows) =>
            rows.flat().reduce((sum, cell) => sum + (cell?.length ?? 0), 0),
          );
        if (readCopyText !== undefined)
          reader.readCopyText = (chunk, columns) =>
            counted(readCopyText.call(reader, chunk, columns), (block) => block.length);
        return reader;
      },
    },
    bytes: () => bytes,
  };
}

/** Waits until more than `least` bytes were read, and then none for half a second. */
export const untilPaused = (bytes: () => number, least: number): Promise<void> =>
  until(async () => {
    const before = bytes();
    await sleep(500);
    return before > least && bytes() === before;
  }, 'the load to pause');
