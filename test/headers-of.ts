/** Reads the headers of a dead letter by their documented format, without the product's code. */

type Kept = readonly [name: string | { readonly hex: string }, value: string | null];

/** Names and values byte by byte, from `sluice.dead_letter.headers`. */
export function headersOf(headers: Buffer | null): readonly (readonly [name: Buffer, value: Buffer | null])[] {
  const kept = JSON.parse(headers?.toString('utf8') ?? '[]') as readonly Kept[];
  return kept.map(([name, value]) => [
    typeof name === 'string' ? Buffer.from(name) : Buffer.from(name.hex, 'hex'),
    value === null ? null : Buffer.from(value, 'hex'),
  ]);
}
