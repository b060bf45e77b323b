/**
 * SIGTERM during an outage. If PostgreSQL returns in time, the command writes the records that it has read; otherwise it gives up within
 * the limit. A second signal ends it at once. Nothing is lost in any case (promise 8).
 */
import { expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { migrate } from '../../engines/postgres/schema/migrate.ts';
import { describeServers } from '../context.ts';
import { type CutProxy, cutProxy } from '../cut-proxy.ts';
import { databaseOf } from '../database-of.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { type Running, sluice, start, until } from '../sluice.ts';
import { type Scene, scene } from './scene.ts';

const workload = makeWorkload({ seed: 71, count: 2_000 });

/** Milliseconds that a process manager usually waits between SIGTERM and SIGKILL. */
const graceMs = 30_000;

/** The command has read records that it cannot write, because PostgreSQL refuses connections or does not answer. */
async function inOutage(it: Scene, proxy: CutProxy, kind: 'refuse' | 'stall' = 'refuse'): Promise<Running> {
  const through = new URL(it.config.databaseUrl);
  through.host = `127.0.0.1:${proxy.port}`;
  return await withConnection(databaseOf(it.config.databaseUrl), 'test', async (locker) => {
    await migrate(locker);
    // With the table locked nothing can be written before the outage.
    await locker.query('begin; lock table users_enriched');
    const env = { ...it.env, DATABASE_URL: through.href, SLUICE_BREAKER: 'off', SLUICE_LOG_FORMAT: 'json' };
    const running = start(['run'], { env });
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until(async () => (await it.rows(waiting)).length > 0, 'it waits for the lock');
    proxy[kind]();
    if (kind === 'refuse') await until(async () => running.said().includes('ECONNREFUSED'), 'it sees the outage');
    return running;
  });
}

async function proxyBefore({ config }: Scene): Promise<CutProxy> {
  const { hostname, port } = new URL(config.databaseUrl);
  return await cutProxy(hostname, Number(port));
}

/** The next start finishes the workload. */
async function nextStartFinishes(it: Scene): Promise<void> {
  const next = await sluice(['run', '--until-caught-up', '--breaker', 'off'], { env: it.env });
  expect(next).toEndWith(0);
  await it.expectOracle(workload);
}

describeServers('SIGTERM in the middle of an outage of PostgreSQL', () => {
  test.concurrent('that ends: records that were read become durable, and the command ends with 0 (promise 8)', async () => {
    await using it = await scene(workload);
    await using proxy = await proxyBefore(it);
    const running = await inOutage(it, proxy);
    running.kill('SIGTERM');
    await proxy.serve();
    expect(await running.finished).toEndWith(0);
    const [row] = await it.rows<{ read: string }>('select sum(read) as read from sluice.checkpoint');
    expect(Number(row?.read)).toBeGreaterThan(0);
    await nextStartFinishes(it);
  });

  test.concurrent.each([
    ['that does not pass', 'refuse'],
    ['in which nothing is answered', 'stall'],
  ] as const)('%s: the command reports it and ends within the grace period of a process manager', async (_, kind) => {
    await using it = await scene(workload);
    await using proxy = await proxyBefore(it);
    const running = await inOutage(it, proxy, kind);
    const since = performance.now();
    running.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ code: 4, stderr: expect.stringContaining('"code":"not_drained"') });
    expect(performance.now() - since).toBeLessThan(graceMs);
    await nextStartFinishes(it);
  });

  test.concurrent('twice: the second signal ends the command at once (promise 8)', async () => {
    await using it = await scene(workload);
    await using proxy = await proxyBefore(it);
    const running = await inOutage(it, proxy);
    running.kill('SIGTERM');
    const stopping = performance.now();
    await until(async () => performance.now() - stopping > 500, 'the first signal has been taken');
    expect(await Promise.race([running.finished, 'still draining'])).toBe('still draining');
    const since = performance.now();
    running.kill('SIGTERM');
    expect(await running.finished).toEndWith(143);
    expect(performance.now() - since).toBeLessThan(2_000);
    await nextStartFinishes(it);
  });
});
