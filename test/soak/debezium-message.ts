/** Writes messages in the form of Debezium's PostgreSQL connector. Cells are given as JSON, so that a test can damage them. */

/** A column, and how Kafka Connect and the source's driver describe it. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly isRequired?: true;
  /** Kafka Connect's semantic type, if the value has one. */
  readonly means?: string;
  readonly source: readonly [type: string, length: number, scale?: number];
};

/** A captured table. */
export type CapturedTable = {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
};

/** JSON by column. */
export type Cells = { readonly [column: string]: string };

/** The members of an envelope as JSON; the others are those of an ordinary change. */
export type Envelope = {
  readonly before?: string;
  readonly after?: string;
  readonly op?: string;
  /** Members that replace those of the source block. */
  readonly source?: Cells;
  /** Members at the end. */
  readonly more?: string;
};

/** Microseconds since 1970 of the first commit: 2026-01-01. */
const epoch = 1_767_225_600_000_000;

const field = ({ name, type, isRequired, means, source: [declared, length, scale] }: Column): object => ({
  type,
  optional: isRequired !== true,
  ...(means === undefined ? {} : { name: means, version: 1 }),
  parameters: {
    '__debezium.source.column.type': declared,
    '__debezium.source.column.length': String(length),
    ...(scale === undefined ? {} : { '__debezium.source.column.scale': String(scale) }),
    '__debezium.source.column.name': name,
  },
  field: name,
});

const struct = (name: string, fields: readonly object[], more: object = {}): object => ({
  ...{ type: 'struct', optional: true, name, fields },
  ...more,
});

/** Cells as a JSON object, in the order of the columns of `table` that they have. */
export const rowOf = (cells: Cells): string =>
  `{${Object.entries(cells)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;

/** The messages of one table. */
export class Messages {
  readonly table: CapturedTable;
  /** The schemas as JSON. */
  readonly keySchema: string;
  readonly valueSchema: string;

  constructor(prefix: string, table: CapturedTable) {
    const topic = `${prefix}.public.${table.name}`;
    const fields = table.columns.map(field);
    const keys = table.columns.filter(({ name }) => table.key.includes(name)).map(field);
    const images = ['before', 'after'].map((image) => struct(`${topic}.Value`, fields, { field: image }));
    const others = [
      { type: 'struct', fields: [], optional: false, name: 'io.debezium.connector.postgresql.Source', field: 'source' },
      { type: 'string', optional: false, field: 'op' },
      { type: 'int64', optional: true, field: 'ts_ms' },
    ];
    this.table = table;
    this.keySchema = JSON.stringify(struct(`${topic}.Key`, keys, { optional: false }));
    this.valueSchema = JSON.stringify(
      struct(`${topic}.Envelope`, [...images, ...others], { optional: false, version: 2 }),
    );
  }

  /** The key of a message; null for a table without a key. */
  key(cells: Cells, hasSchema = true): string | null {
    const { key } = this.table;
    if (key.length === 0) return null;
    const row = rowOf(Object.fromEntries(key.map((name) => [name, cells[name] ?? 'null'])));
    return hasSchema ? `{"schema":${this.keySchema},"payload":${row}}` : row;
  }

  /** The value of a message. Changes are ordered by `number`; each is a transaction of its own. */
  value(
    number: number,
    { before = 'null', after = 'null', op = '"c"', source = {}, more = '' }: Envelope,
    hasSchema = true,
  ): string {
    const us = epoch + number * 1_000;
    const [commit, lsn] = [30_000_000 + number * 360, 30_000_360 + number * 360];
    const block: Cells = {
      ...{
        version: '"3.6.3.Final"',
        connector: '"postgresql"',
        name: '"cdc"',
        ts_ms: String(us / 1_000),
        snapshot: '"false"',
      },
      ...{ db: '"sourcedb"', sequence: JSON.stringify(`["${commit}","${lsn}"]`), schema: '"public"' },
      ...{ table: JSON.stringify(this.table.name), txId: String(number + 1_000), lsn: String(lsn), xmin: 'null' },
      ...source,
    };
    const payload = `{"before":${before},"after":${after},"source":${rowOf(block)},"transaction":null,"op":${op},"ts_ms":${us / 1_000}${more}}`;
    return hasSchema ? `{"schema":${this.valueSchema},"payload":${payload}}` : payload;
  }
}
