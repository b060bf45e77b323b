/**
 * Headers as the record carries them. kafkajs folds the list into an object, and copies that object for every header:
 * 16,000 headers in a record of 117 KB hold the process up for 44 s, and the group has long expelled it by then. It also
 * takes a header called `constructor` for a repeated one, forgets the order, and misreads names that are not UTF-8. So
 * its reader is replaced by one that notes where the list stands; it is read when a letter needs it (rule 20).
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import type { Header, RawRecord, RecordHeaders } from '../../pipeline/change.ts';

/** A list of headers in Kafka's encoding: their number, then length and bytes of each name and value. */
class EncodedHeaders implements RecordHeaders {
  readonly #encoded: Buffer;

  constructor(encoded: Buffer) {
    this.#encoded = encoded;
  }

  get bytes(): number {
    return this.#encoded.length;
  }

  /** The broker has checked the list; were it damaged all the same, it ends with the bytes, and nothing is thrown. */
  list(): readonly Header[] {
    const headers: Header[] = [];
    const encoded = this.#encoded;
    let at = 0;
    const integer = (): number => {
      let zigzag = 0;
      let byte = 0x80;
      for (let shift = 0; byte >= 0x80; shift += 7) {
        byte = encoded[at] ?? 0;
        at += 1;
        zigzag |= (byte & 0x7f) << shift;
      }
      return (zigzag >>> 1) ^ -(zigzag & 1);
    };
    const bytes = (): Buffer | null => {
      const length = integer();
      if (length < 0) return null;
      at += length;
      return encoded.subarray(at - length, at);
    };
    let count = integer();
    for (; count > 0 && at < encoded.length; count -= 1) headers.push([bytes() ?? Buffer.alloc(0), bytes()]);
    return headers;
  }
}

/** The part of kafkajs's decoder that is used and replaced. It calls `readVarIntArray` for headers and nothing else. */
type Decoder = {
  readonly buffer: Buffer;
  offset: number;
  readVarIntArray: (this: Decoder) => { readonly reduce: () => RecordHeaders | undefined };
};

/** Replaces the reader in every client of this process. Throws when kafkajs is not built as expected. */
export function keepHeadersUnread(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/protocol/decoder.js') as { prototype: Decoder };
  if (typeof prototype.readVarIntArray !== 'function') throw new Error('this kafkajs reads headers in another way');
  const none = { reduce: () => undefined };
  prototype.readVarIntArray = function () {
    const encoded = this.buffer[this.offset] === 0 ? null : this.buffer.subarray(this.offset);
    this.offset = this.buffer.length;
    return encoded === null ? none : { reduce: () => new EncodedHeaders(encoded) };
  };
}

/** The messages of a batch, once `keepHeadersUnread` was called: kafkajs's type knows nothing of it. */
export const rawRecords = (messages: readonly KafkaMessage[]): readonly RawRecord[] =>
  messages as unknown as readonly RawRecord[];
