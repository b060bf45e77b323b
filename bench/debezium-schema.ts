/** The table of the benchmark, and the schema that Debezium writes into each of its messages. */

/** The table, the same at source and target. */
export const customersDdl = `create table public.customers (
  id           bigint primary key,
  email        varchar(120) not null,
  name         text not null,
  phone        varchar(32),
  street       text,
  city         varchar(80),
  postal_code  varchar(16),
  country      char(2),
  born         date,
  balance      numeric(12,2) not null,
  credit_limit numeric,
  score        double precision,
  visits       integer not null default 0,
  level        smallint,
  active       boolean not null default true,
  reference    uuid not null,
  settings     jsonb,
  notes        text,
  created_at   timestamp not null,
  updated_at   timestamptz not null
)`;

export const customersTopic = 'cdc.public.customers';

type Column = {
  readonly name: string;
  readonly type: string;
  readonly required?: true;
  /** Kafka Connect's semantic type, if the value has one. */
  readonly means?: string;
  /** Type, length and scale from the source's driver. */
  readonly source: readonly [type: string, length: number, scale: number];
  readonly default?: number | boolean;
};

const unbounded = 2_147_483_647;

const columns: readonly Column[] = [
  { name: 'id', type: 'int64', required: true, source: ['INT8', 19, 0] },
  { name: 'email', type: 'string', required: true, source: ['VARCHAR', 120, 0] },
  { name: 'name', type: 'string', required: true, source: ['TEXT', unbounded, 0] },
  { name: 'phone', type: 'string', source: ['VARCHAR', 32, 0] },
  { name: 'street', type: 'string', source: ['TEXT', unbounded, 0] },
  { name: 'city', type: 'string', source: ['VARCHAR', 80, 0] },
  { name: 'postal_code', type: 'string', source: ['VARCHAR', 16, 0] },
  { name: 'country', type: 'string', source: ['BPCHAR', 2, 0] },
  { name: 'born', type: 'int32', means: 'io.debezium.time.Date', source: ['DATE', 13, 0] },
  { name: 'balance', type: 'string', required: true, source: ['NUMERIC', 12, 2] },
  { name: 'credit_limit', type: 'string', source: ['NUMERIC', 131_089, 0] },
  { name: 'score', type: 'double', source: ['FLOAT8', 17, 17] },
  { name: 'visits', type: 'int32', required: true, source: ['INT4', 10, 0], default: 0 },
  { name: 'level', type: 'int16', source: ['INT2', 5, 0] },
  { name: 'active', type: 'boolean', required: true, source: ['BOOL', 1, 0], default: true },
  { name: 'reference', type: 'string', required: true, means: 'io.debezium.data.Uuid', source: ['UUID', unbounded, 0] },
  { name: 'settings', type: 'string', means: 'io.debezium.data.Json', source: ['JSONB', unbounded, 0] },
  { name: 'notes', type: 'string', source: ['TEXT', unbounded, 0] },
  {
    name: 'created_at',
    type: 'int64',
    required: true,
    means: 'io.debezium.time.MicroTimestamp',
    source: ['TIMESTAMP', 29, 6],
  },
  {
    name: 'updated_at',
    type: 'string',
    required: true,
    means: 'io.debezium.time.ZonedTimestamp',
    source: ['TIMESTAMPTZ', 35, 6],
  },
];

/** Members in the order of Kafka Connect's converter. */
function field({ name, type, required, means, source, default: fallback }: Column, sourceTypes: boolean): object {
  const [sourceType, length, scale] = source;
  return {
    type,
    optional: !required,
    ...(means === undefined ? {} : { name: means, version: 1 }),
    ...(sourceTypes
      ? {
          parameters: {
            '__debezium.source.column.type': sourceType,
            '__debezium.source.column.length': String(length),
            '__debezium.source.column.scale': String(scale),
            '__debezium.source.column.name': name,
          },
        }
      : {}),
    ...(fallback === undefined ? {} : { default: fallback }),
    field: name,
  };
}

const plain = (name: string, type: string, optional: boolean): object => ({ type, optional, field: name });

const snapshot = {
  type: 'string',
  optional: true,
  name: 'io.debezium.data.Enum',
  version: 1,
  parameters: { allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental' },
  default: 'false',
  field: 'snapshot',
};

const sourceBlock = {
  type: 'struct',
  fields: [
    plain('version', 'string', false),
    plain('connector', 'string', false),
    plain('name', 'string', false),
    plain('ts_ms', 'int64', false),
    snapshot,
    plain('db', 'string', false),
    plain('sequence', 'string', true),
    plain('ts_us', 'int64', true),
    plain('ts_ns', 'int64', true),
    plain('schema', 'string', false),
    plain('table', 'string', false),
    plain('txId', 'int64', true),
    plain('lsn', 'int64', true),
    plain('xmin', 'int64', true),
    plain('origin', 'string', true),
    plain('origin_lsn', 'int64', true),
  ],
  optional: false,
  name: 'io.debezium.connector.postgresql.Source',
  version: 1,
  field: 'source',
};

const transactionBlock = {
  type: 'struct',
  fields: [
    plain('id', 'string', false),
    plain('total_order', 'int64', false),
    plain('data_collection_order', 'int64', false),
  ],
  optional: true,
  name: 'event.block',
  version: 1,
  field: 'transaction',
};

/** The beginning of every key and every value, up to the payload. */
export function schemas(sourceTypes: boolean): { readonly key: string; readonly value: string } {
  const fields = columns.map((column) => field(column, sourceTypes));
  const image = (name: string) => ({
    type: 'struct',
    fields,
    optional: true,
    name: `${customersTopic}.Value`,
    field: name,
  });
  const key = {
    type: 'struct',
    fields: [plain('id', 'int64', false)],
    optional: false,
    name: `${customersTopic}.Key`,
  };
  const value = {
    type: 'struct',
    fields: [
      image('before'),
      image('after'),
      sourceBlock,
      transactionBlock,
      plain('op', 'string', false),
      plain('ts_ms', 'int64', true),
      plain('ts_us', 'int64', true),
      plain('ts_ns', 'int64', true),
    ],
    optional: false,
    name: `${customersTopic}.Envelope`,
    version: 2,
  };
  const before = (schema: object) => `{"schema":${JSON.stringify(schema)},"payload":`;
  return { key: before(key), value: before(value) };
}
