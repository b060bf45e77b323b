/**
 * `sluice demo` (`npm start`): starts servers and pipeline, replays the sample, compares the counters and shows the result.
 * Without Java or Maven the same pipeline reads the sample from its file.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client/client.ts';
import { partitionRanges } from '../adapters/kafka/topics/topic.ts';
import { readCheckpoints } from '../engines/postgres/checkpoint/checkpoints.ts';
import { withConnection } from '../engines/postgres/connection/connection.ts';
import { addCounts, type RecordCounts, zeroCounts } from '../pipeline/batch.ts';
import { PipelineError } from '../pipeline/errors.ts';
import { EventStream } from '../pipeline/events.ts';
import { loadOwnFunctions } from '../services/enrich/own-functions.ts';
import {
  type EnrichmentParts,
  filePipeline,
  kafkaPipeline,
  prepareDatabase,
  prepareTopic,
} from '../services/enrich/pipeline.ts';
import { noticesTo, type ServiceEvent } from '../services/events.ts';
import { simulate } from '../simulator/simulate.ts';
import { simulateDefaults } from '../simulator/simulate-options.ts';
import { runAirline } from './demo/airline.ts';
import { showNext, showResult } from './demo/report.ts';
import { type DemoServers, demoServers } from './demo/servers.ts';
import { UsageError } from './options/option.ts';
import type { Values } from './options/options.ts';
import { orderOf } from './options/order.ts';
import { exitCodes } from './output/exit-codes.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { orStopped } from './program/stop-signal.ts';
import { type Context, verb } from './program/verb.ts';
import { enrichmentConfig, pipelineOptions } from './run.ts';
import type { ChosenKafka } from './servers/servers.ts';
import { kafkaOptions, postgresOptions } from './servers/servers.ts';
import { sampleFile } from './simulate.ts';

const names = [
  ...kafkaOptions,
  'topic',
  ...pipelineOptions,
  ...postgresOptions,
  'partitions',
  'once',
  'dump',
  'flights',
] as const;

type DemoValues = Values<(typeof names)[number]>;

/** Prints one step with the time since the start. */
export type Step = (line: string) => void;

/** Context shared by the steps. */
type Demo = {
  readonly values: DemoValues;
  readonly parts: EnrichmentParts;
  readonly step: Step;
  readonly stop: AbortSignal;
};

/** Longest wait until the counters of the sample balance. */
const balanceTimeoutMs = 60_000;

export const demo = verb({
  name: 'demo',
  summary: 'start servers and pipeline, replay the sample, show the result (npm start)',
  args: [
    { name: '[what]', description: 'airline: move a whole airline from PostgreSQL to MariaDB, while people book' },
  ],
  options: names,
  onStop: 'drains',
  stoppedAdvice: 'What the demo started is stopped; `npm start` starts it again with the same data.',
  examples: [
    'npm start',
    'npm start -- --once',
    'npx sluice demo airline --once',
    'npx sluice demo airline --dump demo-small.sql.zst',
  ],
  async run(values, context) {
    const started = Date.now();
    const step = (line: string) =>
      context.print(`[${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}`);
    const [what] = context.args;
    if (what === 'airline') {
      const { dump, flights, once: endsAfter } = values;
      await runAirline({ dump, flights, once: endsAfter }, context, step);
      return exitCodes.done;
    }
    if (what !== undefined) throw new UsageError(`there is no demo ${what}; there is airline`);
    if (values.dump !== undefined || values.flights !== undefined)
      throw new UsageError('--dump and --flights are options of `demo airline`');
    // The simulator's events are flat.
    orderOf({ ...values, format: 'flat' }, context);
    const servers = await demoServers(values, context, step);
    let shown = false;
    try {
      await perform(values, context, servers, step);
      shown = true;
    } finally {
      await servers.release();
      if (shown && context.stop.aborted) step('stopped; `npm start` starts it again with the same data');
    }
    return exitCodes.done;
  },
});

async function perform(values: DemoValues, context: Context, servers: DemoServers, step: Step): Promise<void> {
  const logger = createLogger({ logLevel: 'warn', logFormat: undefined });
  const own = await loadOwnFunctions(values.functions);
  const events = new EventStream<ServiceEvent>();
  events.subscribe(commandLog(logger, { pipeline: values.groupId }));
  const config = enrichmentConfig(values, values.orderBy);
  const parts = { ...config, database: servers.database, events, own };
  const applied = await orStopped(context.stop, prepareDatabase(parts));
  step(describeSchema(applied));

  const before = await readCounts(parts);
  const end = new AbortController();
  const stop = AbortSignal.any([context.stop, end.signal]);
  const shared: Demo = { values, parts, step, stop };
  const finish = servers.kafka ? await throughKafka(shared, servers.kafka) : await throughFile(shared);
  try {
    context.stop.throwIfAborted();
    const after = await readCounts(parts);
    step(
      `all counters balance: ${after.read} read = ${after.applied} applied + ${after.superseded} superseded + ` +
        `${after.filtered} filtered + ${after.parked} parked`,
    );
    if (before.read > 0 && after.applied === before.applied) {
      step('the sample was already applied: nothing counts twice, no row changed');
    }
    const replayed = { pipeline: values.groupId, sample: sampleFile, counts: after };
    await withConnection(servers.database, 'demo', (client) => showResult(client, replayed, context.print));
    showNext(servers, context.print, values.once);
    if (!values.once) await Promise.race([aborted(context.stop), finish.failed]);
  } finally {
    end.abort();
    await finish.ended();
  }
}

/** Describes the migrations that were applied. */
function describeSchema(applied: readonly number[]): string {
  if (applied.includes(1)) return 'schema created: users_enriched, 4 views, schema sluice';
  return applied.length > 0 ? `schema upgraded: migrations ${applied.join(', ')}` : 'schema is up to date';
}

/** Resolves when the signal aborts, or at once when it has. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** The pipeline that keeps running after the result is shown. */
type Background = {
  /** Rejects when the pipeline fails; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when everything has ended after the stop; rejects with the error of the pipeline. */
  readonly ended: () => Promise<void>;
};

/** Starts the pipeline and sends the sample to the topic. Resolves when the sample is durable; the pipeline still runs. */
async function throughKafka({ values, parts, step, stop }: Demo, cluster: ChosenKafka): Promise<Background> {
  const { topic, partitions, groupId } = values;
  const { events } = parts;
  const logger = noticesTo(events);
  await orStopped(stop, reachCluster(cluster, logger, step));
  const kafka = kafkaClient(cluster, 'sluice-demo', logger);
  const admin = kafka.admin();
  await admin.connect();
  const ours = new AbortController();
  const running = { ended: Promise.resolve() };
  const ended = async () => {
    ours.abort();
    try {
      await running.ended;
    } finally {
      await disconnectSoon(admin);
    }
  };
  try {
    await prepareTopic(admin, events, topic, partitions);
    running.ended = kafkaPipeline(parts, { topic, from: 'earliest', kafka, admin }).run(
      AbortSignal.any([stop, ours.signal]),
    );
    const failed = running.ended.then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined);
    step(`pipeline ${groupId} is running: ${topic} → decode → enrich → users_enriched`);
    const source = { kind: 'replay', file: sampleFile } as const;
    const options = { ...simulateDefaults, kafka, topic, partitions, source, interval: null, rate: null };
    const { sent } = await simulate(options, { signal: stop });
    step(`the simulated legacy source sent ${sent} events to ${topic}`);
    const isBalanced = async () => {
      const ends = await partitionRanges(admin, topic);
      const next = new Map((await checkpoints(parts, topic)).map((one) => [one.partition, one.nextOffset]));
      return ends.every(({ partition, low, high }) => (next.get(partition) ?? low) >= high);
    };
    await Promise.race([untilBalanced(isBalanced, stop), failed]);
    return { failed, ended };
  } catch (error) {
    // If the pipeline failed, `ended` throws its error, which is more specific.
    await ended();
    throw error;
  }
}

/** Runs the same pipeline on the sample file, without Kafka. */
async function throughFile({ parts, step, stop }: Demo): Promise<Background> {
  step('the pipeline reads data/sample_events.json itself: the same graph, checkpoint and sink');
  await filePipeline(parts, sampleFile).run(stop);
  return { failed: new Promise<never>(() => undefined), ended: async () => undefined };
}

/** Polls until the sample is durable. Throws `books_open` after `balanceTimeoutMs`. */
async function untilBalanced(isBalanced: () => Promise<boolean>, stop: AbortSignal): Promise<void> {
  const deadline = Date.now() + balanceTimeoutMs;
  while (!stop.aborted && !(await isBalanced())) {
    if (Date.now() > deadline) {
      throw new PipelineError('books_open', `the counters did not balance within ${balanceTimeoutMs / 1000} s`, {
        advice: '`npx sluice status` shows how far the pipeline is.',
      });
    }
    await sleep(100);
  }
}

const checkpoints = ({ database, groupId }: EnrichmentParts, topic?: string) =>
  withConnection(database, 'demo', (client) => readCheckpoints(client, groupId, topic));

async function readCounts(parts: EnrichmentParts): Promise<RecordCounts> {
  return (await checkpoints(parts)).reduce((sum, one) => addCounts(sum, one.counts), zeroCounts);
}
