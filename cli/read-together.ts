/** Reads in this process, or in several that share the partitions and are started again when they die. */
import { randomUUID } from 'node:crypto';
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { expel } from '../adapters/kafka/group/expel.ts';
import { addCounts, zeroCounts } from '../pipeline/batch.ts';
import { ParkedReasons } from '../pipeline/parked-reasons.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { Values } from './options.ts';
import { type Reading, readTopic } from './read-topic.ts';
import { startOf, tellParked } from './reporting.ts';
import { startWorker } from './worker-process.ts';
import { superviseWorkers } from './workers.ts';

/** How many read, and what they log. */
export type Together = {
  readonly count: number;
  readonly logger: Logger;
  readonly log: Values<'logLevel' | 'logFormat'>;
  readonly stop: AbortSignal;
};

type Unnamed<R> = R extends unknown ? Omit<R, 'clientId'> : never;

/** Resolves with the number of parked records when all have ended well. */
export async function readTogether(reading: Unnamed<Reading>, { count, logger, log, stop }: Together): Promise<number> {
  const { cluster, values, database, deadLetters } = reading;
  if (count === 1) return await readTopic({ ...reading, clientId: 'sluice' }, { logger, stop });

  const run = randomUUID().slice(0, 8);
  const clientId = (worker: number) => `sluice-${run}-${worker}`;
  const since = startOf(database, values.groupId);
  let counts = zeroCounts;
  const reasons = new ParkedReasons();
  const restarts = await superviseWorkers({
    count,
    logger,
    stop,
    finite: values.untilCaughtUp,
    start: (worker) =>
      startWorker({ event: 'read', worker, log, reading: { ...reading, clientId: clientId(worker) } }, (more) => {
        counts = addCounts(counts, more.counts);
        reasons.merge(more.reasons);
      }),
    removeDeadMember: async (worker) => {
      await expel(kafkaClient(cluster, 'sluice', logger), values.groupId, clientId(worker));
    },
  });
  logger.info({ workers: count, restarts, ...counts }, 'all workers are done');
  tellParked(logger, reasons, deadLetters, await since);
  return reasons.total;
}
