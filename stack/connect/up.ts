/** The Kafka Connect part of `stack up`: finds the running worker, or starts one for the running Kafka. */

import { findJava } from '../java/java.ts';
import { kafkaBootstrap } from '../kafka/server.ts';
import type { UpContext } from '../options.ts';
import { stopLeftover } from '../processes/leftover.ts';
import { isRunning, stopProcess } from '../processes/process.ts';
import { startOnFreePort } from '../processes/start-on-free-port.ts';
import { waitFor } from '../processes/wait.ts';
import type { ConnectServer, KafkaServer } from '../state/state.ts';
import { connectJars } from './jars.ts';
import { connectAnswers, connectUrl } from './ready.ts';
import { CONNECT_STOP, connectPropertiesFile, startConnect } from './server.ts';

const CONNECT_PORT = 8083;

/**
 * Returns the running worker. Awaits `kafka` only after fetching the jars, so that the jars of both are fetched in parallel.
 * Throws PrerequisiteError when Java or the jars are missing.
 */
export async function upConnect(context: UpContext, kafka: Promise<KafkaServer>): Promise<ConnectServer> {
  const { dir, options, keeper, signal, report } = context;
  const java = await findJava(process.env, signal);
  const jars = await connectJars(java, { cacheDir: context.cacheDir, report, signal });
  const bootstrap = kafkaBootstrap(await kafka);

  const started = Date.now();
  const running = keeper.record.connect;
  if (running !== undefined && isRunning(running)) {
    const problem = await whyNotKept(running, bootstrap, signal);
    if (problem === undefined) {
      report(`Kafka Connect: already running at ${connectUrl(running)} (pid ${running.pid})`);
      return running;
    }
    report(`Kafka Connect: process ${running.pid} ${problem}, restarting it`);
    await stopProcess(running, CONNECT_STOP);
  }
  await stopUnrecorded(context);

  const preferred = keeper.record.connectPort ?? CONNECT_PORT;
  const wish = {
    requested: options.ports?.connect,
    preferred,
    server: 'Kafka Connect',
    flag: '--connect-port',
    report,
  };
  const server = await startOnFreePort(wish, (port) =>
    startConnect({
      dir,
      java,
      jars,
      bootstrap,
      port,
      properties: options.connectProperties,
      signal,
      started: (connect) => {
        context.started({ connect });
        return keeper.change((record) => ({ ...record, connect, connectPort: connect.port }));
      },
    }),
  );
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const debezium = `Debezium ${server.debezium}`;
  report(`Kafka Connect: ${server.version} with ${debezium} ready at ${connectUrl(server)} after ${seconds} s`);
  return server;
}

async function whyNotKept(running: ConnectServer, bootstrap: string, signal: AbortSignal) {
  if (running.bootstrap !== bootstrap) return `works on Kafka at ${running.bootstrap}, which has moved`;
  // After a short outage of Kafka the worker first has to join its group again.
  const answers = await waitFor(async () => (await connectAnswers(running)) || undefined, { limitMs: 20_000, signal });
  return answers ? undefined : 'does not answer';
}

/** Stops a worker whose record was deleted while it ran. Its command line contains our properties file. */
async function stopUnrecorded({ dir, report }: UpContext): Promise<void> {
  const ending = ` org.apache.kafka.connect.cli.ConnectDistributed ${connectPropertiesFile(dir)}`;
  await stopLeftover({
    isIt: (command) => command.includes('-Dsluice.connect.log=') && command.endsWith(ending),
    server: 'Kafka Connect',
    plan: CONNECT_STOP,
    report,
  });
}
