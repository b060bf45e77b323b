/**
 * Integers as Kafka writes them within a record: zigzag, seven bits a byte, the lowest first. Reading them is the
 * innermost loop of consuming, so no bound is checked at a byte: behind the last one all are 0, and an integer with too
 * many bytes leads there. Whoever reads looks once at the end how far it came.
 */
export class Varints {
  readonly #bytes: Buffer;
  /** Where the next byte is read; beyond the bytes' length once something ran out of them. */
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** One of 32 bits. */
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

  /** One of 64 bits; a number if it takes at most seven bytes, so that it is exact. */
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
