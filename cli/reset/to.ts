/** The option `--to`: the position to which a reset moves checkpoints. */

/** A position in topics or in a file. */
export type ResetTo =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** The first record at or after a time, in milliseconds since 1970. */
  | { readonly kind: 'time'; readonly at: number }
  /** An offset of one partition, or a record number of a file. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** Offsets by partition; other partitions stay. */
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, bigint> };

const offset = /^\d{1,18}$/;
const pairs = /^\d{1,6}:\d{1,18}(,\d{1,6}:\d{1,18})*$/;
/** RFC 3339; a date alone means midnight UTC. The UTC offset is required, because local time differs between machines. */
const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** Parses `--to`. Throws an Error that names the expected forms. */
export function resetTo(value: string): ResetTo {
  if (value === 'earliest' || value === 'latest') return { kind: value };
  if (offset.test(value)) return { kind: 'offset', offset: BigInt(value) };
  if (pairs.test(value)) return { kind: 'offsets', offsets: offsetsOf(value) };
  const at = time.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new Error(
      `expected earliest, latest, a time such as 2024-01-01T00:00:00Z, an offset or partition:offset,…, got '${value}'`,
    );
  }
  return { kind: 'time', at };
}

function offsetsOf(value: string): ReadonlyMap<number, bigint> {
  const offsets = new Map<number, bigint>();
  for (const pair of value.split(',')) {
    const [partition = '', to = ''] = pair.split(':');
    if (offsets.has(Number(partition))) throw new Error(`partition ${partition} is named twice in '${value}'`);
    offsets.set(Number(partition), BigInt(to));
  }
  return offsets;
}
