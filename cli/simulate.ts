/** `sluice simulate`: simulates the legacy source. It replays a file of events into Kafka, or invents a user base. */
import { fileURLToPath } from 'node:url';
import { findFile } from '../adapters/file/find-file.ts';
import { kafkaClient, reachCluster } from '../adapters/kafka/client/client.ts';
import { parseOperations } from '../simulator/operations.ts';
import { describeReport, type Report } from '../simulator/report.ts';
import { simulate as simulateEvents } from '../simulator/simulate.ts';
import type { SimulatedSource } from '../simulator/simulate-options.ts';
import { UsageError } from './options/option.ts';
import { type OptionName, options, type Values } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { createLogger } from './output/logger.ts';
import { orStopped } from './program/stop-signal.ts';
import { type Context, verb } from './program/verb.ts';
import { chooseKafka, describeKafka, kafkaOptions } from './servers/servers.ts';

/** The sample events that Sluice ships. */
export const sampleFile = fileURLToPath(new URL('../data/sample_events.json', import.meta.url));

const names = [
  ...kafkaOptions,
  'topic',
  'dataFile',
  'continuous',
  'interval',
  'rate',
  'count',
  'seed',
  'operations',
  'partitions',
  'batchSize',
  'lingerMs',
  'compression',
  'startSequence',
  'logFormat',
] as const;

type SimulateValues = Values<(typeof names)[number]>;

export const simulate = verb({
  name: 'simulate',
  summary: 'simulate the legacy source: replay events from a file, or invent a user base',
  options: names,
  onStop: 'drains',
  overrides: { topic: { description: 'topic that the events go to' } },
  examples: [
    'npx sluice simulate',
    'npx sluice simulate --count 1000',
    'npx sluice simulate --continuous --interval 30',
  ],
  async run(values, context) {
    requireEffect(values, context);
    const source = await chooseSource(values);
    const cluster = chooseKafka(values, context);
    context.printError(describeKafka(cluster));
    const logger = createLogger({ logLevel: 'error', logFormat: undefined });
    await orStopped(context.stop, reachCluster(cluster, logger, context.printError));
    const settings = {
      ...values,
      kafka: kafkaClient(cluster, 'sluice-simulator', logger),
      source,
      interval: values.continuous ? values.interval : null,
      rate: values.rate ?? null,
    };
    const report = reporter(context.printError);
    const { sent, seconds, stopped } = await simulateEvents(settings, { report, signal: context.stop });
    context.printError(`sent ${sent} events to ${values.topic} in ${seconds.toFixed(1)} s`);
    // A stop is the regular end of `--continuous`.
    if (stopped && !values.continuous) context.stop.throwIfAborted();
    return exitCodes.done;
  },
});

async function chooseSource(values: SimulateValues): Promise<SimulatedSource> {
  const { count, dataFile, seed, operations, continuous } = values;
  if (count === undefined) {
    if (dataFile === '-' && continuous)
      throw new UsageError('--continuous repeats a file: standard input can be read only once');
    return { kind: 'replay', file: dataFile === '-' ? '-' : await findFile(dataFile ?? sampleFile) };
  }
  if (dataFile !== undefined)
    throw new UsageError('--count invents events and --data-file replays them: give only one of them');
  try {
    return { kind: 'invent', count, seed, operations: parseOperations(operations) };
  } catch (error) {
    throw new UsageError(`--operations: ${error instanceof Error ? error.message : error}`);
  }
}

/** Throws UsageError for a flag that has no effect. */
function requireEffect({ count, continuous }: SimulateValues, { origins }: Context): void {
  const requireWith = (name: OptionName, unless: boolean, needs: string) => {
    if (origins[name] === 'flag' && !unless)
      throw new UsageError(`--${options[name].flag} has no effect without ${needs}`);
  };
  requireWith('seed', count !== undefined, '--count');
  requireWith('operations', count !== undefined, '--count');
  requireWith('interval', continuous, '--continuous');
  requireWith('startSequence', count !== undefined || continuous, '--count or --continuous');
}

/** Reports on standard error. Progress overwrites its line on a terminal, and is omitted elsewhere. */
function reporter(printError: (line: string) => void): (report: Report) => void {
  return (report) => {
    if (report.kind !== 'progress' && report.kind !== 'scanning') printError(describeReport(report));
    else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${describeReport(report)}\r`);
  };
}
