/** What applying a plan needs of a session. */

/** A session of the target. Its statements may take hours, so its time limits must be long. */
export type SchemaSession = {
  /** Runs a statement without a result. */
  readonly run: (sql: string, values?: readonly (string | number)[]) => Promise<unknown>;
  /** Runs a query; cells are text as the server writes it. */
  readonly cells: (sql: string, values?: readonly (string | number)[]) => Promise<readonly (readonly (string | Buffer | null)[])[]>;
};

/** What became of an object: made now, or found and equal. */
export type Applied = { readonly object: string; readonly outcome: 'made' | 'present' };

/** Runs a statement of a plan. An error has the object and the statement, and the server's error as its cause. */
export async function runStatement(session: SchemaSession, object: string, sql: string): Promise<void> {
  try {
    await session.run(sql);
  } catch (cause) {
    throw new Error(`${object}: ${cause instanceof Error ? cause.message : cause}\n  ${sql}`, { cause });
  }
}

/** The first column of the first row as text; undefined without rows. */
export async function firstCell(session: SchemaSession, sql: string, values: readonly (string | number)[] = []): Promise<string | undefined> {
  const [row] = await session.cells(sql, values);
  return row === undefined ? undefined : String(row[0]);
}
