/** PostgreSQL as the source of a load: chunks by ranges of the primary key, read with COPY. */
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { KeyBound, KeyRange, LoadReader, LoadSource, TableSize } from '../../load.ts';
import type { TableDefinition } from '../../types/table.ts';
import { nameOf } from '../capture/connector-config.ts';
import { precheck } from '../capture/source-check/precheck.ts';
import { describeTables } from '../catalogue/describe.ts';
import { connect, type Database, describeServers } from '../connection/connection.ts';
import { hangUp } from '../connection/hang-up.ts';
import { describeIdentity } from '../connection/same-database.ts';
import { diagnose } from '../errors.ts';
import { quoted, quotedTable } from '../identifiers.ts';
import { copyRows } from './copy-lines.ts';

/**
 * The text forms that the cast table expects. With `row_security` on, the server would leave out rows that a policy hides from
 * the user; off, it raises an error instead.
 */
const settings = `set intervalstyle = 'iso_8601'; set bytea_output = 'hex'; set extra_float_digits = 1; set lc_monetary = 'C';
  set row_security = off;`;

/** Longest time of reading one chunk. */
const chunkLimitMs = 3_600_000;

/** Reads the tables of this database. */
export const postgresLoadSource = (database: Database): LoadSource => ({
  server: `PostgreSQL at ${describeServers(database)}`,
  diagnose,
  open: async (name) => {
    const timeouts = { ...database.timeouts, statement: chunkLimitMs, answer: chunkLimitMs + 10_000 };
    const reader = new Reader({ ...database, timeouts }, name);
    await reader.session();
    return reader;
  },
});

class Reader implements LoadReader {
  readonly #database: Database;
  readonly #name: string;
  #client: pg.Client | undefined;

  constructor(database: Database, name: string) {
    this.#database = database;
    this.#name = name;
  }

  async session(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await connect(this.#database, this.#name);
    try {
      await client.query(settings);
    } catch (error) {
      await hangUp(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  identity = async () => await describeIdentity(await this.session(), describeServers(this.#database));

  tables = async () => await describeTables(await this.session());

  async captureFaults(tables: readonly TableDefinition[]) {
    const wanted = new Set(tables.map(({ schema, name }) => `${schema}.${name}`));
    return (await precheck(await this.session(), (table) => wanted.has(nameOf(table)))).faults;
  }

  estimates = async (tables: readonly TableDefinition[]) => await readEstimates(await this.session(), tables);

  async boundAfter(table: TableDefinition, after: KeyBound | null, rows: number): Promise<KeyBound | null> {
    const key = keyOf(table);
    if (key.length === 0) return null;
    const client = await this.session();
    const { rows: found } = await client.query<string[]>({
      text: `select ${key.map((name) => `${quoted(name)}::text`).join(', ')} from ${from(table)} t
        ${where(table, { after, upTo: null })} order by ${key.map((name) => `t.${quoted(name)}`).join(', ')}
        offset ${rows - 1} limit 1`,
      rowMode: 'array',
    });
    return found[0] ?? null;
  }

  read = (range: KeyRange, columns: readonly string[]) => copyRows(this.readCopyText(range, columns));

  async *readCopyText(range: KeyRange, columns: readonly string[]): AsyncGenerator<Buffer> {
    const client = await this.session();
    const names = columns.map((name) => textOf(range.table, name)).join(', ');
    let isComplete = false;
    try {
      yield* client.query(
        copyTo(`copy (select ${names} from ${from(range.table)} t ${where(range.table, range)}) to stdout`),
      ) as AsyncIterable<Buffer>;
      isComplete = true;
    } finally {
      // The server still sends the rest of the rows on this connection, so the next query needs another one.
      if (!isComplete) await this.close();
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await hangUp(client);
  }
}

/** A column as COPY should send it. As a text, xml keeps its declaration, which its output function leaves out. */
const textOf = ({ columns }: TableDefinition, name: string): string => {
  const isXml = columns.some((column) => column.name === name && column.declared === 'xml');
  return `t.${quoted(name)}${isXml ? '::text' : ''}`;
};

const keyOf = ({ primaryKey }: TableDefinition): readonly string[] => primaryKey?.columns ?? [];

/** A partitioned table is read with its partitions, any other without the tables that inherit from it. */
const from = (table: TableDefinition): string => `${table.partitionedBy === null ? 'only ' : ''}${quotedTable(table)}`;

/** Literals take the types of the columns that they are compared with. */
function where(table: TableDefinition, { after, upTo }: Pick<KeyRange, 'after' | 'upTo'>): string {
  const key = `(${keyOf(table)
    .map((name) => `t.${quoted(name)}`)
    .join(', ')})`;
  const bound = (values: KeyBound) => `(${values.map((value) => pg.escapeLiteral(value)).join(', ')})`;
  const conditions = [
    ...(after === null ? [] : [`${key} > ${bound(after)}`]),
    ...(upTo === null ? [] : [`${key} <= ${bound(upTo)}`]),
  ];
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
}

/** The sizes of tables, of partitioned ones with their partitions. A table that was never analysed has -1 rows. */
async function readEstimates(
  client: pg.Client,
  tables: readonly TableDefinition[],
): Promise<ReadonlyMap<string, TableSize>> {
  const { rows } = await client.query<TableSize & { name: string }>(
    `select n.nspname || '.' || c.relname as name,
       case when bool_and(p.reltuples < 0) then null else sum(greatest(p.reltuples, 0))::float8 end as rows,
       sum(pg_table_size(p.oid))::float8 as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join lateral (select relid from pg_partition_tree(c.oid) where isleaf union select c.oid) leaf (oid)
     join pg_class p on p.oid = leaf.oid
     where n.nspname || '.' || c.relname = any ($1) and p.relkind = 'r'
     group by 1`,
    [tables.map(({ schema, name }) => `${schema}.${name}`)],
  );
  return new Map(rows.map(({ name, ...size }) => [name, size]));
}
