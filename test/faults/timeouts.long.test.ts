/**
 * Locks, timeouts, deadlocks and every class of SQLSTATE during a run. The worker waits for errors that pass, a data error parks
 * exactly its row, and any other error stops the run with advice and changes nothing.
 */
import pg from 'pg';
import { expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { describeServers } from '../context.ts';
import { databaseOf } from '../database-of.ts';
import { makeWorkload, type OracleRecord } from '../oracle/workload.ts';
import { sluice } from '../sluice.ts';
import { finishes, isDurable, logged, whileRunning } from './finish.ts';
import { produce, type Scene, scene } from './scene.ts';
import { startWorker, type Worker } from './worker.ts';

const workload = makeWorkload({ seed: 61, count: 2_000 });

/** An insert of one user, the `n`th record of partition 0. */
const insert = (n: number, id = n, sequence = 1): OracleRecord => ({
  partition: 0,
  offset: String(n),
  key: Buffer.from(String(id)),
  value: Buffer.from(JSON.stringify({ id, cdc_operation: 'INSERT', cdc_sequence: sequence })),
  malformed: null,
});

/** Creates the tables before the worker starts, so that the test can lock or change them. */
const migrated = ({ config }: Scene) => withConnection(databaseOf(config.databaseUrl), 'test', migrate);

/** Another session in the same database. */
async function otherSession({ config }: Scene): Promise<AsyncDisposable & { readonly query: pg.Client['query'] }> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  return { query: client.query.bind(client), [Symbol.asyncDispose]: () => client.end() };
}

/** The worker waits for a lock of another session. */
const waitsForLock = (worker: Worker, it: Scene) =>
  whileRunning(
    worker,
    async () => {
      const waiting = await it.rows(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    },
    'it waits for a lock',
  );

/** The next statement that writes `users_enriched` fails once with this SQLSTATE, even if it is rolled back. */
async function failsOnce(it: Scene, code: string): Promise<void> {
  await it.rows(`update fault set code = '${code}'; alter sequence fault_times restart`);
}

const failing = `create table fault (code text); insert into fault values (null);
  create sequence fault_times;
  create function fault() returns trigger language plpgsql as $$
    declare wanted text := (select code from fault);
    begin
      if wanted is not null and nextval('fault_times') = 1 then
        raise exception 'the fault of the test' using errcode = wanted;
      end if;
      return null;
    end $$;
  create trigger fault before insert on users_enriched execute function fault()`;

describeServers('during a run', () => {
  test.concurrent('an error of the classes 42, 28, 0A, 21 and XX, or of an unknown one, stops the run and changes nothing (rule 19)', async () => {
    await using it = await scene(workload);
    await migrated(it);
    await it.rows(failing);
    const run = () => sluice(['run', '--until-caught-up', '--breaker', 'off', '--lanes', '1'], { env: it.env });
    for (const code of ['42P01', '42501', '28000', '0A000', '21000', 'XX000', 'ZZ999']) {
      await failsOnce(it, code);
      expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining(`[${code}]`) });
      expect(await it.rows('select from users_enriched')).toEqual([]);
      expect(await it.rows('select from sluice.dead_letter')).toEqual([]);
    }
    // The cause is gone, so the next start continues where the first one stopped.
    expect(await run()).toEndWith(0);
    await it.expectOracle(it.records);
  });

  test.concurrent('an error of the classes 08, 40, 53, 55, 57 and 58 is retried, and nothing is parked (rule 19)', async () => {
    const codes = ['08006', '08P01', '25006', '25P03', '40001', '40P01', '53100', '53200', '53300', '55006', '55P03'];
    codes.push('57014', '57P01', '57P02', '57P03', '58000', '58030', '58P01');
    await using it = await scene([insert(0)], 1);
    await migrated(it);
    await it.rows(failing);
    await using worker = startWorker(it.config);
    await isDurable(worker, it, 1);
    const records = [insert(0)];
    for (const code of codes) {
      await failsOnce(it, code);
      const next = insert(records.length);
      records.push(next);
      await produce(it.topic, [next]);
      await isDurable(worker, it, records.length);
      expect(worker.log()).toContain(`"code":"${code}","attempt":1`);
    }
    await finishes(worker, it, records);
  });

  test.concurrent('an error of the classes 22 and 23, or 54000, parks exactly its row (rule 19)', async () => {
    const codes = ['22001', '22003', '22008', '22021', '22P02', '23502', '23503', '23505', '23514', '23P01', '54000'];
    const refused = new Map(codes.map((code, index) => [7 * index + 3, code]));
    const records = Array.from({ length: 100 }, (_, n) => insert(n));
    await using it = await scene(records, 1);
    await migrated(it);
    const cases = [...refused].map(([id, code]) => `when ${id} then '${code}'`).join(' ');
    await it.rows(`create function refuse() returns trigger language plpgsql as $$
      declare wanted text := case new.id ${cases} end;
      begin
        if wanted is not null then raise exception 'refused by the test' using errcode = wanted; end if;
        return new;
      end $$;
      create trigger refuse before insert on users_enriched for each row execute function refuse()`);
    await using worker = startWorker(it.config);
    await isDurable(worker, it, records.length);
    worker.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    const deadLetters = await it.rows<{ offset: string; code: string; reason: string }>(
      `select "offset", code, reason from sluice.dead_letter order by "offset"`,
    );
    expect(deadLetters).toEqual(
      [...refused].map(([id, code]) => ({
        offset: String(id),
        code: 'refused_by_database',
        reason: `refused by the test, SQLSTATE ${code}`,
      })),
    );
    const rows = await it.rows<{ id: string }>('select id from users_enriched order by id');
    expect(rows.map(({ id }) => Number(id))).toEqual(records.map((_, n) => n).filter((n) => !refused.has(n)));
    expect(await it.rows('select read, applied, parked from sluice.checkpoint')).toEqual([
      { read: '100', applied: String(100 - refused.size), parked: String(refused.size) },
    ]);
  });

  test.concurrent('the worker waits repeatedly for a table that is locked for longer than the lock timeout', async () => {
    await using it = await scene(workload);
    await migrated(it);
    await using other = await otherSession(it);
    await other.query('begin; lock table users_enriched');
    await using worker = startWorker({ ...it.config, timeouts: { lock: 200 } });
    await logged(worker, '"code":"55P03","attempt":4');
    await other.query('commit');
    await finishes(worker, it);
  });

  test.concurrent('a statement that takes longer than the statement timeout is retried', async () => {
    await using it = await scene(workload);
    await migrated(it);
    await it.rows(`create sequence slow;
      create function slow() returns trigger language plpgsql as
        $$ begin if nextval('slow') <= 2 then perform pg_sleep(30); end if; return null; end $$;
      create trigger slow before insert on users_enriched execute function slow()`);
    await using worker = startWorker({ ...it.config, lanes: 1, timeouts: { statement: 500 } });
    await logged(worker, '"code":"57014","attempt":2');
    await finishes(worker, it);
  });

  test.concurrent('the victim of a deadlock is retried', async () => {
    await using it = await scene([insert(0, 1), insert(1, 2)], 1);
    await migrated(it);
    await using worker = startWorker(it.config);
    await isDurable(worker, it, 2);
    await using other = await otherSession(it);
    // PostgreSQL aborts the session that waits longest, which must not be the test's own.
    await other.query(`set deadlock_timeout = '1min'; begin; update users_enriched set city = city where id = 2`);
    const more = [insert(2, 1, 2), insert(3, 2, 2)];
    await produce(it.topic, more);
    await waitsForLock(worker, it);
    const locked = other.query('update users_enriched set city = city where id = 1');
    await logged(worker, '"code":"40P01","attempt":1');
    await locked;
    await other.query('commit');
    await finishes(worker, it, [...it.records, ...more]);
  });

  test.concurrent('a transaction that cannot be serialized is retried', async () => {
    await using it = await scene([insert(0, 1)], 1);
    await migrated(it);
    await it.rows(
      `do $$ begin execute format('alter database %I set default_transaction_isolation = serializable', current_database()); end $$`,
    );
    await using worker = startWorker(it.config);
    await isDurable(worker, it, 1);
    await using other = await otherSession(it);
    await other.query('begin; update users_enriched set city = city where id = 1');
    const more = [insert(1, 1, 2)];
    await produce(it.topic, more);
    await waitsForLock(worker, it);
    await other.query('commit');
    await logged(worker, '"code":"40001","attempt":1');
    await finishes(worker, it, [...it.records, ...more]);
  });
});
