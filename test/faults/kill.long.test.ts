/** kill -9 at each step of a write: the next start ends with the rows and record counts of the oracle. */
import { expect, test } from 'vitest';
import type { WriteStep } from '../../engines/sink/sink.ts';
import { describeServers } from '../context.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { sluice } from '../sluice.ts';
import { type Scene, scene } from './scene.ts';
import { startWorker } from './worker.ts';

const steps = ['before copy', 'after copy', 'before commit', 'after commit'] as const satisfies readonly WriteStep[];

/** Kills a worker at a step of its third transaction, then lets the real command finish. */
async function killedAt(step: WriteStep, { config, env }: Scene, mechanism?: 'checkpoint in the transaction') {
  await using worker = startWorker({
    ...config,
    maxRecords: 200,
    holdAt: { step, occurrence: 3 },
    ...(mechanism === undefined ? {} : { without: mechanism }),
  });
  await worker.held;
  worker.kill('SIGKILL');
  await worker.ended;
  const rest = await sluice(['run', '--until-caught-up', '--breaker', 'off'], { env });
  expect(rest).toEndWith(0);
}

describeServers('kill -9 of a worker', () => {
  // Each waits for Kafka to notice the death, so they run concurrently.
  test.concurrent.each(steps)('%s, and the next start loses nothing and doubles nothing', async (step) => {
    await using it = await scene(makeWorkload({ seed: 11, count: 4_000 }));
    await killedAt(step, it);
    await it.expectOracle(it.records);
  });

  test.concurrent('before commit loses rows when the checkpoint is outside of the transaction, and the test detects it', async () => {
    await using it = await scene(makeWorkload({ seed: 11, count: 4_000 }));
    await killedAt('before commit', it, 'checkpoint in the transaction');
    await expect(it.expectOracle(it.records)).rejects.toThrow('to deeply equal []');
  });
});
