/**
 * Generates hostile records for a topic: kinds of the corpus, damaged events, random bytes, random JSON, and between them
 * valid events, whose rows are known. The same seed gives the same bytes.
 */
import fc from 'fast-check';
import { Prng } from '../../simulator/prng.ts';
import { draftAsJson } from '../oracle/malformed.ts';
import { corpus, type Row, soundDraft, soundRow } from './corpus.ts';
import type { HostileRecord } from './produce.ts';

/** The records, and the rows that must exist, whatever happens to the other records. */
export type HostileTopic = { readonly records: readonly HostileRecord[]; readonly soundRows: ReadonlyMap<string, Row> };

/** Larger kinds are only in the corpus's own test. */
const largest = 64 * 1024;
const mild = corpus.filter(
  (kind) =>
    (kind.value(soundDraft(1n, 1n))?.length ?? 0) + (kind.key?.length ?? 0) <= largest && kind.headers === undefined,
);

/** Ids of the valid events, with more digits than damage can give to any other id. */
const soundIds = 800_000_000_000_000_000n;

/** Damages bytes in one of five ways: a flipped bit, a missing end, a range removed, doubled or replaced. */
function damage(bytes: Buffer, random: Prng): Buffer {
  const from = random.below(bytes.length);
  const to = Math.min(bytes.length, from + 1 + random.below(40));
  switch (random.below(5)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(from) ^ (1 << random.below(8)), from);
      return flipped;
    }
    case 1:
      return bytes.subarray(0, from);
    case 2:
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
    default:
      return Buffer.concat([bytes.subarray(0, from), randomBytes(random, to - from), bytes.subarray(to)]);
  }
}

const randomBytes = (random: Prng, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

/** Makes `count` records, distributed over the partitions in turn. */
export function hostileTopic(seed: number, count: number, partitions: number): HostileTopic {
  const random = new Prng(seed);
  const jsons = fc.sample(fc.json({ noUnicodeString: false, maxDepth: 5 }), { seed, numRuns: 500 });
  const soundRows = new Map<string, Row>();
  const records: HostileRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = soundDraft(BigInt(random.below(2_000)), BigInt(index));
    const place = { partition: index % partitions, offset: String(Math.floor(index / partitions)) };
    const plain = { ...place, key: Buffer.from(String(index)), headers: [], timestamp: undefined };
    const chance = random.below(100);
    if (chance < 15) {
      const id = soundIds + BigInt(index);
      soundRows.set(String(id), soundRow(id, BigInt(index)));
      records.push({ ...plain, value: Buffer.from(draftAsJson(soundDraft(id, BigInt(index)))) });
    } else if (chance < 45) {
      const { value, key } = random.pick(mild);
      records.push({ ...plain, key: key === undefined ? plain.key : key, value: value(event) });
    } else if (chance < 75) {
      let value: Buffer = Buffer.from(draftAsJson(event));
      for (let times = 1 + random.below(3); times > 0; times -= 1) if (value.length > 0) value = damage(value, random);
      records.push({ ...plain, value });
    } else if (chance < 90) {
      records.push({
        ...plain,
        key: randomBytes(random, random.below(20)),
        value: randomBytes(random, random.below(300)),
      });
    } else {
      records.push({ ...plain, value: Buffer.from(random.pick(jsons)) });
    }
  }
  return { records, soundRows };
}
