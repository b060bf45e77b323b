/**
 * `sluice worker`: one worker of `sluice run --parallelism`, which starts it and tells it by IPC what to read. So no
 * password stands in its command line. It ends cleanly when it is told to, when it gets a signal, and
 * when whoever started it is gone: a worker never lives on as an orphan.
 */
import { once } from 'node:events';
import type { RecordCounts } from '../pipeline/batch.ts';
import { ParkedReasons, type ReasonCount } from '../pipeline/parked-reasons.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import { exitCodes } from './exit-codes.ts';
import { type Failure, failureOf, tellFailure } from './failure.ts';
import { createLogger } from './logger.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import { type Reading, readTopic } from './read-topic.ts';
import { outlastSecondSignal } from './stop-signal.ts';
import { verb } from './verb.ts';

/** What a worker is told first. */
export type Order = {
  readonly event: 'read';
  /** Its number, from 1. */
  readonly worker: number;
  readonly reading: Reading;
  readonly log: Values<'logLevel' | 'logFormat'>;
};

/** What a worker is told. */
export type ToWorker = Order | { readonly event: 'stop' };

/** What became of the records of a transaction, and why some were parked. */
export type Told = { readonly counts: RecordCounts; readonly reasons: readonly ReasonCount[] };

/** What a worker says. */
export type FromWorker =
  | ({ readonly event: 'committed' } & Told)
  | { readonly event: 'failed'; readonly failure: Failure };

/** Milliseconds a worker that has lost its parent may take to end. */
const orphanLimit = 28_000;

export const worker = verb({
  name: 'worker',
  summary: 'one worker of `npx sluice run --parallelism`, started by it',
  hidden: true,
  onStop: 'serves',
  args: [{ name: '[number]', description: 'which one, for the list of processes' }],
  options: [],
  async run(_, context) {
    if (!process.send) throw new UsageError('a worker is started by `npx sluice run --parallelism`');
    outlastSecondSignal();
    const told = new AbortController();
    process.on('message', ({ event }: ToWorker) => event === 'stop' && told.abort());
    const orphaned = () => {
      told.abort();
      setTimeout(() => process.exit(exitCodes.unreachable), orphanLimit).unref();
    };
    process.once('disconnect', orphaned);
    const stop = AbortSignal.any([context.stop, told.signal]);
    let format: Values<'logFormat'>['logFormat'];
    try {
      const order = await receiveOrder(stop);
      if (!order) return exitCodes.done;
      format = order.log.logFormat;
      const logger = createLogger(order.log).child({ worker: order.worker });
      const onCommitted = ({ counts, batches }: Committed) => {
        const reasons = new ParkedReasons();
        reasons.add(batches);
        void say({ event: 'committed', counts, reasons: reasons.counts });
      };
      await readTopic(order.reading, { logger, stop, onCommitted });
      return exitCodes.done;
    } catch (error) {
      const failure = failureOf(error);
      if (process.connected) await say({ event: 'failed', failure });
      // Without a parent that passes it on, the failure is told here.
      else tellFailure(failure, format, context.tell);
      return exitCodes[failure.kind];
    } finally {
      // What listens for the parent keeps the process alive.
      process.removeListener('disconnect', orphaned);
      if (process.connected) process.disconnect();
    }
  },
});

/** The order, or undefined when the stop comes first. */
async function receiveOrder(stop: AbortSignal): Promise<Order | undefined> {
  if (!process.connected || stop.aborted) return undefined;
  try {
    const [message] = (await once(process, 'message', { signal: stop })) as [ToWorker];
    return message.event === 'read' ? message : undefined;
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

/** Resolves when the message is on its way, or cannot be: a parent that is gone has no use for it. */
const say = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (!process.send || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
