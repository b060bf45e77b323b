/** The Kafka part of `stack up`: finds the running node, or starts one on the existing data. */
import { join } from 'node:path';
import { findJava } from '../java/java.ts';
import type { UpContext } from '../options.ts';
import { stopLeftover } from '../processes/leftover.ts';
import { freePort } from '../processes/ports.ts';
import { isRunning, stopProcess } from '../processes/process.ts';
import { startOnFreePort } from '../processes/start-on-free-port.ts';
import { waitFor } from '../processes/wait.ts';
import type { KafkaServer } from '../state/state.ts';
import { kafkaJars } from './jars.ts';
import { kafkaAnswers } from './ready.ts';
import { KAFKA_STOP, kafkaBootstrap, startKafka } from './server.ts';

const KAFKA_PORT = 9092;

/** Returns the running node. Throws PrerequisiteError when Java or the jars are missing. */
export async function upKafka(context: UpContext): Promise<KafkaServer> {
  const { dir, options, keeper, signal, report } = context;
  const started = Date.now();
  const running = keeper.record.kafka;
  if (running !== undefined && isRunning(running)) {
    if (await waitFor(async () => (await kafkaAnswers(running)) || undefined, { limitMs: 20_000, signal })) {
      report(`Kafka: already running at ${kafkaBootstrap(running)} (pid ${running.pid})`);
      return running;
    }
    report(`Kafka: process ${running.pid} does not answer, restarting it`);
    await stopProcess(running, KAFKA_STOP);
  }
  const java = await findJava(process.env, signal);
  const jars = await kafkaJars(java, { cacheDir: context.cacheDir, report, signal });
  await stopUnrecorded(context);

  const preferred = keeper.record.kafkaPort ?? KAFKA_PORT;
  const wish = { requested: options.ports?.kafka, preferred, server: 'Kafka', flag: '--kafka-port', report };
  const server = await startOnFreePort(wish, async (broker) =>
    startKafka({
      dir,
      java,
      jars,
      ports: { broker, controller: await freePort(broker < 65_000 ? broker + 1 : 10_000, new Set([broker])) },
      properties: options.kafkaProperties,
      signal,
      started: (kafka) => {
        context.started({ kafka });
        return keeper.change((record) => ({ ...record, kafka, kafkaPort: kafka.port }));
      },
    }),
  );
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  report(`Kafka: ${server.version} on Java ${java.version} ready at ${kafkaBootstrap(server)} after ${seconds} s`);
  return server;
}

/** Stops a node whose record was deleted while it ran. It still uses port and data, and its command line contains our file. */
async function stopUnrecorded({ dir, report }: UpContext): Promise<void> {
  const ending = ` kafka.Kafka ${join(dir, 'kafka', 'server.properties')}`;
  await stopLeftover({
    isIt: (command) => command.includes('-Dsluice.kafka.log=') && command.endsWith(ending),
    server: 'Kafka',
    plan: KAFKA_STOP,
    report,
  });
}
