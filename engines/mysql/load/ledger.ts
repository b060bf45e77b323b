/** The ledger of a load, and the rows that the target cannot hold. */
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import type { Chunk, LedgerEntry, Loaded, RefusedRow } from '../../load.ts';
import { keyOfText, keyText, requireSameChunk } from '../../load-rows.ts';
import type { Session } from '../connection/session.ts';
import { textLiteral } from '../schema-plan/text-literal.ts';

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

/** The database of a schema of the source. */
export type DatabaseOf = (schema: string) => string;

/** All durable chunks of tables in these databases. */
export async function readLedger(session: Session, databaseOf: DatabaseOf): Promise<readonly LedgerEntry[]> {
  const rows = await session.rows<Record<string, string | null>>(
    `select source, database_name, table_schema, table_name, number, after_key, up_to_key, row_count, refused
     from ${session.own('load_chunk')}`,
  );
  const own = rows.filter((row) => row.database_name === databaseOf(String(row.table_schema)));
  return own.map((row) => ({
    source: String(row.source),
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
export async function entryOf(session: Session, chunk: Chunk, database: string): Promise<Loaded | undefined> {
  const { table, number } = chunk;
  const [row] = await session.rows<
    Record<'source' | 'rows' | 'refused', string> & Record<'after' | 'upTo', string | null>
  >(
    `select source, row_count as \`rows\`, refused, after_key as \`after\`, up_to_key as \`upTo\`
     from ${session.own('load_chunk')} where database_name = ? and table_schema = ? and table_name = ? and number = ?`,
    [database, table.schema, table.name, number],
  );
  if (row === undefined) return undefined;
  requireSameChunk(chunk, row);
  return { rows: Number(row.rows), refused: Number(row.refused) };
}

/** Whether a pipeline into this database writes the table. It may then be empty because its source deleted the rows. */
export async function isFollowed(session: Session, table: SourceTable): Promise<boolean> {
  const found = await session.cells(
    `select 1 from ${session.own('target')} t join ${session.own('checkpoint')} c on c.topic = t.topic
     where t.table_name = ? and c.target_database = database() limit 1`,
    [tableName(table)],
  );
  return found.length > 0;
}

/** The statement that removes the chunks of a table. */
export const forgetting = (session: Session, database: string, { schema, name }: SourceTable): string =>
  `DELETE FROM ${session.own('load_chunk')} WHERE (database_name, table_schema, table_name) = (${[database, schema, name].map(textLiteral).join(', ')})`;

/** The parts of a chunk that the ledger has. */
type EnteredChunk = Omit<Chunk, 'table'> & { readonly table: SourceTable };

/** Within the transaction of the rows: enters a chunk of a table in this database, with the rows that were refused. */
export async function enterChunk(
  session: Session,
  { source, table, number, after, upTo }: EnteredChunk,
  database: string,
  rows: number,
  refused: readonly RefusedRow[],
): Promise<void> {
  for (const { code, reason, field, cells } of refused)
    await session.run(
      `insert into ${session.own('load_refusal')} (database_name, table_schema, table_name, chunk, code, reason, field, cells)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      [database, table.schema, table.name, number, code, reason, field, JSON.stringify(cells)],
    );
  await session.run(
    `insert into ${session.own('load_chunk')} (source, database_name, table_schema, table_name, number, after_key, up_to_key, row_count, refused)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [source, database, table.schema, table.name, number, keyText(after), keyText(upTo), rows, refused.length],
  );
}
