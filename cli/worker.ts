/** `sluice worker`: one worker of `sluice run --parallelism`, which starts it and sends its work by IPC. */
import { isWorker, serveAsWorker } from '../services/supervise/worker.ts';
import type { WorkerLaunch } from '../services/supervise/worker-process.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import type { DeadLetterQuery } from './output/dead-letter-query.ts';
import { exitCodes } from './output/exit-codes.ts';
import { printFailure, withHint } from './output/failure.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { outlastSecondSignal } from './program/stop-signal.ts';
import { verb } from './program/verb.ts';

/** Settings that the command sends to its workers. */
type Settings = { readonly log: Values<'logLevel' | 'logFormat'>; readonly deadLetters: DeadLetterQuery };

/** Returns how to start workers: by the program of this command. */
export function commandWorkers(
  count: number,
  { logLevel, logFormat }: Settings['log'],
  deadLetters: DeadLetterQuery,
): WorkerLaunch {
  const [, program = ''] = process.argv;
  const settings: Settings = { log: { logLevel, logFormat }, deadLetters };
  return { count, program, args: ['worker'], settings };
}

export const worker = verb({
  name: 'worker',
  summary: 'one worker of `npx sluice run --parallelism`, started by it',
  hidden: true,
  onStop: 'serves',
  args: [{ name: '[number]', description: 'which one, for the list of processes' }],
  options: [],
  async run(_, context) {
    if (!isWorker()) throw new UsageError('a worker is started by `npx sluice run --parallelism`');
    outlastSecondSignal();
    let format: Settings['log']['logFormat'];
    const outcome = await serveAsWorker({
      stop: context.stop,
      listen: (order) => {
        const { log, deadLetters } = order.settings as Settings;
        format = log.logFormat;
        return commandLog(createLogger(log).child({ worker: order.worker }), deadLetters);
      },
      giveUp: () => process.exit(exitCodes.unreachable),
    });
    if (outcome === undefined) return exitCodes.done;
    const { failure, isReported } = outcome;
    // If no parent can report the failure, the worker reports it.
    if (!isReported) printFailure(withHint(failure), format, context.printError);
    return exitCodes[failure.kind];
  },
});
