/** The end of a fault test: pending records become durable, the worker stops, and the oracle compares. */
import { expect } from 'vitest';
import { messageOf } from '../../pipeline/errors.ts';
import type { OracleRecord } from '../oracle/workload.ts';
import { until } from '../sluice.ts';
import type { Scene } from './scene.ts';
import type { Worker } from './worker.ts';

/** Milliseconds in which a worker must recover from an outage: the longest backoff, twice, and some work. */
const recoveryLimitMs = 45_000;

/** Resolves when `condition` holds. Rejects with the worker's log if the worker ends before. */
export async function whileRunning(
  worker: Worker,
  condition: () => Promise<boolean>,
  what: string,
  limit = recoveryLimitMs,
): Promise<void> {
  const ended = worker.ended.then((code): never => {
    throw new Error(`the worker ended with ${code} before ${what}`);
  });
  try {
    await Promise.race([until(condition, what, limit), ended]);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${worker.log().slice(-4_000)}`, { cause: error });
  }
}

/** Resolves when the worker has logged `text`. */
export const logged = (worker: Worker, text: string): Promise<void> =>
  whileRunning(worker, async () => worker.log().includes(text), `it logs ${text}`);

/** Resolves when this number of records is durable. */
export const isDurable = (worker: Worker, it: Scene, records: number): Promise<void> =>
  whileRunning(
    worker,
    async () => {
      const [schema] = await it.rows<{ there: boolean }>(
        `select to_regclass('sluice.checkpoint') is not null as there`,
      );
      if (!schema?.there) return false;
      const [row] = await it.rows<{ read: string }>('select coalesce(sum(read), 0) as read from sluice.checkpoint');
      return Number(row?.read) >= records;
    },
    'all is durable',
  );

/** All records become durable without help, then the worker stops cleanly, and the oracle finds no difference. */
export async function finishes(
  worker: Worker,
  it: Scene,
  records: readonly OracleRecord[] = it.records,
): Promise<void> {
  await isDurable(worker, it, records.length);
  worker.kill('SIGTERM');
  const code = await worker.ended;
  const failed = worker.messages.filter(({ event }) => event === 'failed');
  expect({ code, failed }, worker.log().slice(-2_000)).toEqual({ code: 0, failed: [] });
  await it.expectOracle(records);
}
