/** PostgreSQL as a database server of the benchmark. */
import pg from 'pg';
import type { Content, DatabaseServer } from './database-server.ts';
import { customersDdl } from './debezium-schema.ts';

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // When a signal stops the servers, the next query fails and reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function describe(client: pg.Client): Promise<string> {
  const names = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers'];
  const { rows } = await client.query<{ value: string }>(
    'select current_setting(name) as value from unnest($1::text[]) with ordinality as t(name, n) order by n',
    [names],
  );
  const [version, ...settings] = rows.map(({ value }) => value);
  return `PostgreSQL ${version} (${settings.map((value, i) => `${names[i + 1]} ${value}`).join(', ')})`;
}

async function contentOf(client: pg.Client): Promise<Content> {
  const { rows } = await client.query<{ rows: string; sum: string; checksum: string }>(
    `select count(*) as rows, coalesce(sum(id::numeric * visits), 0)::text as sum,
       coalesce(md5(string_agg(md5(c::text), '' order by id)), '') as checksum from customers c`,
  );
  const [row = { rows: '0', sum: '0', checksum: '' }] = rows;
  return { ...row, rows: Number(row.rows) };
}

/** PostgreSQL. */
export const postgresServer: DatabaseServer = {
  describe: (url) => withClient(url, describe),
  inFreshDatabase: (url, work) =>
    withClient(url, async (admin) => {
      const name = `bench_${process.hrtime.bigint()}`;
      try {
        await admin.query(`create database ${name} encoding 'UTF8' template template0`);
        const own = new URL(url);
        own.pathname = `/${name}`;
        return await work(own.href);
      } finally {
        await admin.query(`drop database if exists ${name} with (force)`);
        await admin.query('checkpoint');
      }
    }),
  createCustomers: (url) =>
    withClient(url, async (client) => {
      await client.query(customersDdl);
    }),
  contentOf: (url) => withClient(url, contentOf),
};
