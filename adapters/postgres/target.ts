/**
 * How the rows of a table are ordered is a property of the table: positions by sequence and positions by time cannot be
 * compared, so a table keeps the order it was started with (rule 9).
 */
import type pg from 'pg';
import { PipelineError } from '../../pipeline/errors.ts';
import type { OrderBy } from '../../schemas/order-by.ts';

/** Registers the order of a table, or throws when it was written in another one. */
export async function registerTarget(client: pg.Client, table: string, orderBy: OrderBy): Promise<void> {
  const insert = 'insert into sluice.target (table_name, order_by) values ($1, $2) on conflict do nothing';
  await client.query(insert, [table, orderBy]);
  const { rows } = await client.query<{ order_by: string }>(
    'select order_by from sluice.target where table_name = $1',
    [table],
  );
  const found = rows[0]?.order_by;
  if (found !== orderBy) {
    throw new PipelineError('order_mismatch', `${table} is ordered by ${found}, not by ${orderBy}`, {
      advice: `Run with --order-by ${found}, or write to an empty database.`,
    });
  }
}
