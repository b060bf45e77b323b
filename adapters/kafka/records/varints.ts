/**
 * Reads integers as Kafka encodes them within a record: zigzag, seven bits a byte, lowest bits first. This is the innermost
 * loop of consuming, so single bytes are not checked against the end: bytes behind it read as 0, and an overlong integer
 * moves `at` behind it. Callers compare `at` with the length once, after reading.
 */
export class Varints {
  readonly #bytes: Buffer;
  /** Index of the next byte; greater than the length once a read went beyond the end. */
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Reads an integer of 32 bits. */
  int(): number {
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.at] ?? 0;
      this.at += 1;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    return this.#overlong();
  }

  /** Reads an integer of 64 bits. Returns a number when it takes at most seven bytes and is therefore exact. */
  long(): number | bigint {
    let zigzag = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.at] ?? 0;
      this.at += 1;
      zigzag += (byte & 0x7f) * scale;
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    let wide = BigInt(zigzag);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.at] ?? 0;
      this.at += 1;
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (BigInt.asUintN(64, wide) >> 1n) ^ -(wide & 1n);
    }
    return this.#overlong();
  }

  #overlong(): number {
    this.at = this.#bytes.length + 1;
    return 0;
  }
}
