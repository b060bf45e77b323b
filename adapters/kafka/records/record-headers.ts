/**
 * The encoded headers of a record, decoded only on demand. A record may have hundreds of thousands of headers, and only a
 * dead letter needs them. kafkajs decodes them into an object, which it copies for every header. It also treats a header
 * named `constructor` as a repetition, loses the order, and misreads names that are not UTF-8 (rule 20).
 */
import type { Header, RecordHeaders } from '../../../pipeline/change.ts';
import { Varints } from './varints.ts';

/** Headers in Kafka's encoding: their number, then length and bytes of each name and value. */
export class EncodedHeaders implements RecordHeaders {
  readonly encoded: Buffer;

  constructor(encoded: Buffer) {
    this.encoded = encoded;
  }

  get bytes(): number {
    return this.encoded.length;
  }

  /** Decodes the headers. The broker has validated them; should they be damaged, the list ends early without an error. */
  list(): readonly Header[] {
    const headers: Header[] = [];
    const { encoded } = this;
    const varints = new Varints(encoded);
    const bytes = (): Buffer | null => {
      const length = varints.int();
      if (length < 0) return null;
      varints.at += length;
      return encoded.subarray(varints.at - length, varints.at);
    };
    let count = varints.int();
    for (; count > 0 && varints.at < encoded.length; count -= 1) headers.push([bytes() ?? Buffer.alloc(0), bytes()]);
    return headers;
  }
}
