/** The ledger of a load, and the rows that the target cannot hold. */
import type { Chunk, KeyBound, LedgerEntry } from '../../load.ts';
import type { Session } from '../connection/session.ts';

/** What the definitions depend on: Sluice's tables, qualified and quoted, and an exact collation. */
export type Naming = { readonly own: (table: string) => string; readonly collation: string };

const options = (collation: string, comment: string): string =>
  `engine = InnoDB row_format = dynamic default character set utf8mb4 collate ${collation} comment = '${comment}'`;

/** One row per durable chunk. */
export const loadChunkTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('load_chunk')} (
    table_schema varchar(64)  not null comment 'Schema of the table at the source.',
    table_name   varchar(64)  not null comment 'Its name.',
    number       integer      not null comment 'Number of the chunk in its table, from 1.',
    after_key    longtext     comment 'Key after which it begins, as a JSON array; null at the start of the table.',
    up_to_key    longtext     comment 'Its last key; null at the end of the table.',
    row_count    bigint       not null comment 'Rows written.',
    refused      bigint       not null comment 'Rows in load_refusal.',
    loaded_at    datetime(6)  not null default current_timestamp(6) comment 'When it was written, in UTC.',
    primary key (table_schema, table_name, number)
  ) ${options(collation, 'Parts of tables that a load has written, in the transaction of their rows.')}`;

/** Rows that the load did not write. */
export const loadRefusalTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('load_refusal')} (
    id           bigint       not null auto_increment primary key comment 'Number of the row.',
    table_schema varchar(64)  not null comment 'Schema of the table at the source.',
    table_name   varchar(64)  not null comment 'Its name.',
    chunk        integer      not null comment 'Number of its chunk.',
    code         varchar(100) not null comment 'Code of the reason.',
    reason       longtext     not null comment 'The reason as a sentence.',
    field        varchar(64)  comment 'The column whose value does not fit.',
    cells        longtext     not null comment 'The row as a JSON object of texts, as the source writes them.',
    refused_at   datetime(6)  not null default current_timestamp(6) comment 'When it was refused, in UTC.',
    key load_refusal_of_chunk (table_schema, table_name, chunk)
  ) ${options(collation, 'Rows that a load could not write, whole, with the reason.')}`;

/** A row that was not written. `cells` are named by their columns. */
export type Refused = {
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  readonly cells: Readonly<Record<string, string | null>>;
};

const keyOf = (text: string | null): KeyBound | null => (text === null ? null : JSON.parse(text));

/** All durable chunks. */
export async function readLedger(session: Session): Promise<readonly LedgerEntry[]> {
  const rows = await session.rows<Record<string, string | null>>(
    `select table_schema, table_name, number, after_key, up_to_key, row_count, refused from ${session.own('load_chunk')}`,
  );
  return rows.map((row) => ({
    schema: String(row.table_schema),
    table: String(row.table_name),
    number: Number(row.number),
    after: keyOf(row.after_key ?? null),
    upTo: keyOf(row.up_to_key ?? null),
    rows: Number(row.row_count),
    refused: Number(row.refused),
  }));
}

/** The entry of a chunk, if it is durable already: the answer to its COMMIT may have been lost. */
export async function entryOf(
  session: Session,
  { table, number }: Chunk,
): Promise<{ rows: number; refused: number } | undefined> {
  const [row] = await session.rows<{ row_count: string; refused: string }>(
    `select row_count, refused from ${session.own('load_chunk')} where table_schema = ? and table_name = ? and number = ?`,
    [table.schema, table.name, number],
  );
  return row && { rows: Number(row.row_count), refused: Number(row.refused) };
}

/** Within the transaction of the rows: enters a chunk, with the rows that were refused. */
export async function enterChunk(
  session: Session,
  { table, number, after, upTo }: Chunk,
  rows: number,
  refused: readonly Refused[],
): Promise<void> {
  for (const { code, reason, field, cells } of refused)
    await session.run(
      `insert into ${session.own('load_refusal')} (table_schema, table_name, chunk, code, reason, field, cells) values (?, ?, ?, ?, ?, ?, ?)`,
      [table.schema, table.name, number, code, reason, field, JSON.stringify(cells)],
    );
  const key = (bound: KeyBound | null) => (bound === null ? null : JSON.stringify(bound));
  await session.run(
    `insert into ${session.own('load_chunk')} (table_schema, table_name, number, after_key, up_to_key, row_count, refused) values (?, ?, ?, ?, ?, ?, ?)`,
    [table.schema, table.name, number, key(after), key(upTo), rows, refused.length],
  );
}
