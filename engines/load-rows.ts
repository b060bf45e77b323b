/** Finds the rows of a batch that a database refuses. */

/** Writes rows, all or none. Rejects with the database's error. */
export type WriteRows<Row> = (rows: readonly Row[]) => Promise<void>;

/**
 * Writes all rows except those that the database refuses, by halving the batch. Returns the refused rows with their errors. An error that
 * is not about a row is thrown.
 */
export async function writeBisecting<Row>(
  rows: readonly Row[],
  write: WriteRows<Row>,
  isOfRow: (error: unknown) => boolean,
): Promise<readonly { readonly row: Row; readonly error: unknown }[]> {
  const [first] = rows;
  if (first === undefined) return [];
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!isOfRow(error)) throw error;
    if (rows.length === 1) return [{ row: first, error }];
  }
  const middle = rows.length >> 1;
  return [
    ...(await writeBisecting(rows.slice(0, middle), write, isOfRow)),
    ...(await writeBisecting(rows.slice(middle), write, isOfRow)),
  ];
}
