/** The ledger of a load, and the rows that the target cannot hold. */
import pg from 'pg';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import type { Chunk, LedgerEntry, Loaded, RefusedRow } from '../../load.ts';
import { keyOfText, keyText, requireSameChunk } from '../../load-rows.ts';

/** All durable chunks. */
export async function readLedger(client: pg.Client): Promise<readonly LedgerEntry[]> {
  const { rows } = await client.query<LedgerEntry & { after: string | null; upTo: string | null }>(
    `select source, table_schema as schema, table_name as "table", number, after_key as after, up_to_key as "upTo",
       row_count::float8 as rows, refused::float8 as refused
     from sluice.load_chunk`,
  );
  return rows.map((row) => ({ ...row, after: keyOfText(row.after), upTo: keyOfText(row.upTo) }));
}

/**
 * Within the transaction of the rows, before they are written: enters a chunk. Waits for another transaction that has entered
 * it, such as that of a process that was killed. Returns the entry of a chunk that is durable already, else undefined.
 */
export async function claimChunk(client: pg.Client, chunk: Chunk): Promise<Loaded | undefined> {
  const { source, table, number, after, upTo } = chunk;
  const key = [table.schema, table.name, number];
  const claimed = await client.query(
    `insert into sluice.load_chunk (table_schema, table_name, number, after_key, up_to_key, source, row_count, refused)
     values ($1, $2, $3, $4, $5, $6, 0, 0) on conflict do nothing`,
    [...key, keyText(after), keyText(upTo), source],
  );
  if (claimed.rowCount === 1) return undefined;
  const { rows } = await client.query<Loaded & { source: string; after: string | null; upTo: string | null }>(
    `select source, row_count::float8 as rows, refused::float8 as refused, after_key as after, up_to_key as "upTo"
     from sluice.load_chunk where (table_schema, table_name, number) = ($1, $2, $3)`,
    key,
  );
  const [entry] = rows;
  if (entry === undefined) throw new Error(`the entry of part ${number} of ${table.schema}.${table.name} has vanished`);
  requireSameChunk(chunk, entry);
  return { rows: entry.rows, refused: entry.refused };
}

/** Whether a pipeline writes the table. It may then be empty because its source deleted the rows. */
export async function isFollowed(client: pg.Client, table: SourceTable): Promise<boolean> {
  const { rows } = await client.query('select from sluice.target where table_name = $1', [tableName(table)]);
  return rows.length > 0;
}

/** The statement that removes the chunks of a table. */
export const forgetting = ({ schema, name }: SourceTable): string =>
  `DELETE FROM sluice.load_chunk WHERE (table_schema, table_name) = (${pg.escapeLiteral(schema)}, ${pg.escapeLiteral(name)})`;

/** Within the same transaction: enters what was written. */
export async function countChunk(client: pg.Client, { table, number }: Chunk, counts: Loaded): Promise<void> {
  await client.query(
    `update sluice.load_chunk set row_count = $4, refused = $5 where (table_schema, table_name, number) = ($1, $2, $3)`,
    [table.schema, table.name, number, counts.rows, counts.refused],
  );
}

/** Within the same transaction: keeps rows that were refused. */
export async function keepRefused(
  client: pg.Client,
  { table, number }: Chunk,
  refused: readonly RefusedRow[],
): Promise<void> {
  for (const { code, reason, field, cells } of refused)
    await client.query(
      `insert into sluice.load_refusal (table_schema, table_name, chunk, code, reason, field, cells)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [table.schema, table.name, number, code, reason, field, JSON.stringify(cells)],
    );
}
