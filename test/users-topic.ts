/** Messages of a users table in Debezium's forms: enveloped with or without the schema, and flattened. */

/** The forms that a connector can write. */
export const messageForms = ['with-schema', 'without-schema', 'flattened'] as const;

export type MessageForm = (typeof messageForms)[number];

/** A row of the source; integers as bigint, times as microseconds where there is a schema. */
export type UsersRow = { readonly [column: string]: string | bigint | boolean | null };

export type UsersChange = {
  readonly op: 'c' | 'r' | 'u' | 'd' | 't';
  readonly before?: UsersRow;
  readonly after?: UsersRow;
  readonly lsn?: bigint;
  /** Milliseconds of the commit. */
  readonly time?: bigint;
  /** Defaults in the schema. */
  readonly defaults?: { readonly [column: string]: string };
};

/** JSON with integers of any size. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `int64:${one}` : one)).replace(
    /"int64:(-?\d+)"/g,
    '$1',
  );

const fieldOf = (name: string, fallback: string | undefined) => ({
  field: name,
  optional: name !== 'id',
  ...(name === 'id' || name === 'created_at' || name === 'updated_at' ? { type: 'int64' } : { type: 'string' }),
  ...(name === 'created_at' || name === 'updated_at' ? { name: 'io.debezium.time.MicroTimestamp' } : {}),
  ...(fallback === undefined ? {} : { default: fallback }),
});

const schemaOf = (row: UsersRow, defaults: UsersChange['defaults'] = {}) => {
  const fields = Object.keys(row).map((name) => fieldOf(name, defaults[name]));
  const struct = (field: string) => ({ type: 'struct', fields, optional: true, field });
  return { type: 'struct', fields: [struct('before'), struct('after')], name: 'cdc.public.users.Envelope' };
};

/** Key and value of one message. */
export function debeziumMessage(
  form: MessageForm,
  { op, before, after, lsn = 100n, time = 1_700_000_000_123n, defaults }: UsersChange,
): { readonly key: string; readonly value: string } {
  const row = after ?? before ?? {};
  const key = json({ id: row.id ?? null });
  if (form === 'flattened') {
    const told = { __op: op, __lsn: lsn, __source_ts_ms: time, __deleted: String(op === 'd') };
    return { key, value: json({ ...row, ...told }) };
  }
  const source = { schema: 'public', table: 'users', lsn, ts_ms: time, snapshot: op === 'r' ? 'true' : 'false' };
  const payload = { before: before ?? null, after: after ?? null, source, op };
  return { key, value: json(form === 'with-schema' ? { schema: schemaOf(row, defaults), payload } : payload) };
}
