/** Finds the sequence numbers in a message's bytes without parsing it: the scan reads whole topics. */
import { colon, isDigit, isSpace, minus, quote, zero } from '../formats/json/scan.ts';

const name = Buffer.from('"cdc_sequence"');
const maxSequence = 2n ** 63n - 1n;
const minSequence = -(2n ** 63n);

/** `.`, `e`, `E`: the literal is not an integer. */
const isFraction = (byte: number | undefined): boolean => byte === 46 || byte === 101 || byte === 69;

/** The highest number seen, exact over all of int64. */
export class HighestSequence {
  /** Numbers below 2^53, which are most of them and compare faster than bigints. */
  #small = Number.NEGATIVE_INFINITY;
  #large: bigint | null = null;

  /** Null when no number was seen. */
  get value(): bigint | null {
    if (this.#small === Number.NEGATIVE_INFINITY) return this.#large;
    const small = BigInt(this.#small);
    return this.#large !== null && this.#large > small ? this.#large : small;
  }

  /**
   * Reads every `cdc_sequence` of a message, also within the before and after of an envelope. Ignores values that are not
   * int64, because the pipeline parks them.
   */
  look(message: Buffer): void {
    for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + name.length)) {
      this.#read(message, at + name.length);
    }
  }

  #read(message: Buffer, from: number): void {
    let i = from;
    while (isSpace(message[i])) i += 1;
    if (message[i] !== colon) return;
    i += 1;
    while (isSpace(message[i])) i += 1;
    if (message[i] === quote) i += 1;
    const start = i;
    if (message[i] === minus) i += 1;
    const digits = i;
    let number = 0;
    for (; isDigit(message[i] ?? 0); i += 1) number = number * 10 + (message[i] ?? zero) - zero;
    if (i === digits || isFraction(message[i])) return;
    if (i - digits <= 15) {
      const value = digits > start ? -number : number;
      if (value > this.#small) this.#small = value;
      return;
    }
    if (i - start > 20) return;
    const value = BigInt(message.toString('latin1', start, i));
    if (value >= minSequence && value <= maxSequence && (this.#large === null || value > this.#large)) {
      this.#large = value;
    }
  }
}
