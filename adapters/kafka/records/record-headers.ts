/**
 * Headers as the record carries them, unread. A record may have hundreds of thousands, and only a dead letter needs them;
 * kafkajs would fold them into an object that it copies for every header, take one called `constructor` for a repeated
 * one, forget the order, and misread names that are not UTF-8 (rule 20).
 */
import type { Header, RecordHeaders } from '../../../pipeline/change.ts';
import { Varints } from './varints.ts';

/** A list of headers in Kafka's encoding: their number, then length and bytes of each name and value. */
export class EncodedHeaders implements RecordHeaders {
  readonly encoded: Buffer;

  constructor(encoded: Buffer) {
    this.encoded = encoded;
  }

  get bytes(): number {
    return this.encoded.length;
  }

  /** The broker has checked the list; were it damaged all the same, it ends with the bytes, and nothing is thrown. */
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
