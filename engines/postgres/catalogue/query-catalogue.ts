/** One query of the catalogue, in which every name comes with its schema because none is searched for. */
import type pg from 'pg';
import { inTransaction } from '../connection/connection.ts';

/** Rows of `query`. */
export const queryCatalogue = <Row extends pg.QueryResultRow>(
  client: pg.Client,
  query: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> =>
  inTransaction(client, async () => {
    await client.query(`set transaction read only; set local search_path = ''`);
    return (await client.query<Row>(query, [...parameters])).rows;
  });
