/** Reads in this process, or in several workers that share the partitions. A worker that dies is restarted. */
import { randomUUID } from 'node:crypto';
import { kafkaClient } from '../../adapters/kafka/client/client.ts';
import { expel } from '../../adapters/kafka/group/expel.ts';
import { addCounts, zeroCounts } from '../../pipeline/batch.ts';
import { ParkedReasons } from '../../pipeline/parked-reasons.ts';
import { type Reading, readTopic } from '../reading/read-topic.ts';
import { startOf } from '../reading/reports.ts';
import type { Work } from '../running.ts';
import { superviseWorkers } from './supervise.ts';
import { startWorker, type WorkerLaunch } from './worker-process.ts';

type WithoutClientId<R> = R extends unknown ? Omit<R, 'clientId'> : never;

/** Resolves with the number of parked records once all processes have ended without an error. */
export async function readTogether(
  reading: WithoutClientId<Reading>,
  launch: WorkerLaunch,
  { events, logger, stop }: Work,
): Promise<number> {
  const { cluster, database, untilCaughtUp } = reading;
  const { groupId } = reading.config;
  const { count, settings } = launch;
  if (count === 1) return await readTopic({ ...reading, clientId: 'sluice' }, events, stop);

  const run = randomUUID().slice(0, 8);
  const clientId = (worker: number) => `sluice-${run}-${worker}`;
  const since = startOf(database, groupId);
  let counts = zeroCounts;
  const reasons = new ParkedReasons();
  const restarts = await superviseWorkers({
    count,
    events,
    stop,
    finite: untilCaughtUp,
    start: (worker) => {
      const order = { event: 'read', worker, settings, reading: { ...reading, clientId: clientId(worker) } } as const;
      return startWorker(launch, order, (committed) => {
        counts = addCounts(counts, committed.counts);
        reasons.merge(committed.reasons);
        const { counts: added, reasons: why } = committed;
        events.emit({ type: 'workerCommitted', worker, counts: added, reasons: why });
      });
    },
    removeDeadMember: async (worker) => {
      await expel(kafkaClient(cluster, 'sluice', logger), groupId, clientId(worker));
    },
  });
  events.emit({ type: 'workersDone', workers: count, restarts, counts });
  const { total } = reasons;
  const at = await since;
  if (total > 0) events.emit({ type: 'recordsParked', records: total, reasons: reasons.counts, since: at });
  return total;
}
