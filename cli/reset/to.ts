/** Where a reset moves checkpoints to, as `--to` names it. */

/** A place in the topics or in a file. */
export type ResetTo =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** At the first record of this time or later, in milliseconds since 1970. */
  | { readonly kind: 'time'; readonly at: number }
  /** Of one partition, or of a file. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** Partition by partition; the others stay. */
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, bigint> };

const offset = /^\d{1,18}$/;
const pairs = /^\d{1,6}:\d{1,18}(,\d{1,6}:\d{1,18})*$/;
/** RFC 3339; a date alone is its midnight in UTC. A time without an offset would mean another moment on each machine. */
const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** Reads `--to`. Throws an Error that says what was expected. */
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
