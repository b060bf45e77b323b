/** Statements of a plan, and what became of them. */
import type { Session, SqlValue } from '../connection/session.ts';

/** What became of an object: made now, or found and equal. */
export type Applied = { readonly object: string; readonly outcome: 'made' | 'present' };

/** Runs a statement of a plan. An error has the object and the statement, and the server's error as its cause. */
export async function runStatement(session: Session, object: string, sql: string): Promise<void> {
  try {
    await session.run(sql);
  } catch (cause) {
    throw new Error(`${object}: ${cause instanceof Error ? cause.message : cause}\n  ${sql}`, { cause });
  }
}

/** The first column of the first row as text; undefined without rows. */
export async function firstCell(
  session: Session,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<string | undefined> {
  const [row] = await session.cells(sql, values);
  return row === undefined ? undefined : String(row[0]);
}
