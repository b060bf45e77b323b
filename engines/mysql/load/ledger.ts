/** The ledger of a load, and the rows that the target cannot hold. */
import type { Chunk, KeyBound, LedgerEntry } from '../../load.ts';
import type { Session } from '../connection/session.ts';

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
