/** The ledger of a load, and the rows that the target cannot hold. */
import type { SourceTable } from '../../../schemas/table-name.ts';
import type { Chunk, LedgerEntry, RefusedRow } from '../../load.ts';
import { keyOfText, keyText, requireSameBounds } from '../../load-rows.ts';
import type { Session } from '../connection/session.ts';

/** A row that every migrated database has. Its lock tells whether a chunk is being written. */
const sentinel = (session: Session) => `select version from ${session.own('schema_version')} where version = 1`;

/** Within the transaction of a chunk, before anything else: makes {@link awaitChunks} wait for its end. */
export async function markChunk(session: Session): Promise<void> {
  await session.rows(`${sentinel(session)} lock in share mode`);
}

/**
 * Waits for the chunks of a load whose process may be gone while they still commit: the ledger is complete only after that.
 * Rejects with the error of a lock that was not free in time.
 */
export async function awaitChunks(session: Session): Promise<void> {
  await session.run('start transaction');
  await session.rows(`${sentinel(session)} for update`);
  await session.run('commit');
}

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

/** The parts of a chunk that the ledger has. */
type EnteredChunk = Omit<Chunk, 'table'> & { readonly table: SourceTable };

/** Within the transaction of the rows: enters a chunk, with the rows that were refused. */
export async function enterChunk(
  session: Session,
  { table, number, after, upTo }: EnteredChunk,
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
