/** Catalogue queries with an empty search_path, so that PostgreSQL prints every name with its schema. */
import type pg from 'pg';
import { inTransaction } from '../connection/connection.ts';

/** Runs `query` in a read-only transaction and returns its rows. */
export const queryCatalogue = <Row extends pg.QueryResultRow>(
  client: pg.Client,
  query: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> =>
  inTransaction(client, async () => {
    await client.query(`set transaction read only; set local search_path = ''`);
    return (await client.query<Row>(query, [...parameters])).rows;
  });
