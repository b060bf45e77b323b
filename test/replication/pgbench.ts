/** The tables and transactions of pgbench, for machines without it. */
import pg from 'pg';
import { seededRandom } from './workload.ts';

const tellersEach = 10;
const accountsEach = 100_000;

/** `pgbench -i -s <scale>`: the same tables, filled by the server. */
export async function pgbenchInit(client: pg.Client, scale: number): Promise<void> {
  await client.query(
    `
    create table pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    create table pgbench_tellers (tid int not null, bid int, tbalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84)) with (fillfactor = 100);
    create table pgbench_branches (bid int not null, bbalance int, filler char(88)) with (fillfactor = 100);
    insert into pgbench_branches (bid, bbalance) select i, 0 from generate_series(1, ${scale}) i;
    insert into pgbench_tellers (tid, bid, tbalance)
      select i, (i - 1) / ${tellersEach} + 1, 0 from generate_series(1, ${scale * tellersEach}) i;
    insert into pgbench_accounts (aid, bid, abalance, filler)
      select i, (i - 1) / ${accountsEach} + 1, 0, '' from generate_series(1, ${scale * accountsEach}) i;
    alter table pgbench_branches add primary key (bid);
    alter table pgbench_tellers add primary key (tid);
    alter table pgbench_accounts add primary key (aid);
    alter table pgbench_history replica identity full;
    vacuum analyze`.replace(/;\s*vacuum analyze$/, ''),
  );
}

/** Runs pgbench's TPC-B transactions over several connections until the time is up; returns their number. */
export async function pgbenchRun(url: string, scale: number, seconds: number, clients = 4): Promise<number> {
  const end = Date.now() + seconds * 1000;
  const one = async (_: unknown, number: number): Promise<number> => {
    const random = seededRandom(number + 1);
    const upTo = (n: number) => 1 + Math.floor(random() * n);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let done = 0;
    try {
      for (; Date.now() < end; done += 1) {
        const [aid, tid, bid] = [upTo(scale * accountsEach), upTo(scale * tellersEach), upTo(scale)];
        const delta = upTo(10_001) - 5_001;
        await client.query(`begin;
          update pgbench_accounts set abalance = abalance + ${delta} where aid = ${aid};
          select abalance from pgbench_accounts where aid = ${aid};
          update pgbench_tellers set tbalance = tbalance + ${delta} where tid = ${tid};
          update pgbench_branches set bbalance = bbalance + ${delta} where bid = ${bid};
          insert into pgbench_history (tid, bid, aid, delta, mtime)
            values (${tid}, ${bid}, ${aid}, ${delta}, current_timestamp);
          end`);
      }
    } finally {
      await client.end();
    }
    return done;
  };
  return (await Promise.all(Array.from({ length: clients }, one))).reduce((sum, count) => sum + count, 0);
}
