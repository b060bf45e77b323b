/** The ledger of a load, and the rows that the target cannot hold. */
import type { Chunk, LedgerEntry, RefusedRow } from '../../load.ts';
import { keyOfText, keyText, requireSameBounds } from '../../load-rows.ts';
import type { Session } from '../connection/session.ts';

/** All durable chunks. */
export async function readLedger(session: Session): Promise<readonly LedgerEntry[]> {
  const rows = await session.rows<Record<string, string | null>>(
    `select table_schema, table_name, number, after_key, up_to_key, row_count, refused from ${session.own('load_chunk')}`,
  );
  return rows.map((row) => ({
    schema: String(row.table_schema),
    table: String(row.table_name),
    number: Number(row.number),
    after: keyOfText(row.after_key ?? null),
    upTo: keyOfText(row.up_to_key ?? null),
    rows: Number(row.row_count),
    refused: Number(row.refused),
  }));
}

/** The entry of a chunk, if it is durable already: the answer to its COMMIT may have been lost. */
export async function entryOf(session: Session, chunk: Chunk): Promise<{ rows: number; refused: number } | undefined> {
  const { table, number } = chunk;
  const [row] = await session.rows<{ rows: string; refused: string; after: string | null; upTo: string | null }>(
    `select row_count as \`rows\`, refused, after_key as \`after\`, up_to_key as \`upTo\` from ${session.own('load_chunk')}
     where table_schema = ? and table_name = ? and number = ?`,
    [table.schema, table.name, number],
  );
  if (row === undefined) return undefined;
  requireSameBounds(chunk, row);
  return { rows: Number(row.rows), refused: Number(row.refused) };
}

/** Within the transaction of the rows: enters a chunk, with the rows that were refused. */
export async function enterChunk(
  session: Session,
  { table, number, after, upTo }: Chunk,
  rows: number,
  refused: readonly RefusedRow[],
): Promise<void> {
  for (const { code, reason, field, cells } of refused)
    await session.run(
      `insert into ${session.own('load_refusal')} (table_schema, table_name, chunk, code, reason, field, cells) values (?, ?, ?, ?, ?, ?, ?)`,
      [table.schema, table.name, number, code, reason, field, JSON.stringify(cells)],
    );
  await session.run(
    `insert into ${session.own('load_chunk')} (table_schema, table_name, number, after_key, up_to_key, row_count, refused) values (?, ?, ?, ?, ?, ?, ?)`,
    [table.schema, table.name, number, keyText(after), keyText(upTo), rows, refused.length],
  );
}
