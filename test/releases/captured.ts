/** Changes of captured tables as Debezium writes them without their schema, for dumps and for the changes after them. */

/** A row, or the columns of it that an event carries. */
export type CapturedRow = { readonly [column: string]: unknown };

/** One change. `lsn` orders it; a snapshot's rows all have the LSN at which the snapshot began. */
export type CapturedChange = {
  readonly table: string;
  readonly partition: number;
  readonly op: 'r' | 'c' | 'u' | 'd';
  readonly lsn: number;
  readonly key: CapturedRow | null;
  readonly row: CapturedRow;
  readonly headers?: { readonly [name: string]: string };
};

/** The value that stands for a column which the event leaves unchanged. */
export const unchangedValue = '__debezium_unavailable_value';

/** Key and value of its message. */
export function messageOf({ table, op, lsn, key, row }: CapturedChange): { key: string | null; value: string } {
  const source = { schema: 'public', table, lsn, sequence: `["${lsn - 1}","${lsn}"]`, ts_ms: 1_760_000_000_000 + lsn };
  const snapshot = op === 'r' ? 'true' : 'false';
  const [before, after] = op === 'd' ? [row, null] : [null, row];
  return {
    key: key && JSON.stringify(key),
    value: JSON.stringify({ op, before, after, source: { ...source, snapshot }, ts_ms: source.ts_ms }),
  };
}
