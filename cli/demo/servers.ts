/**
 * The servers of the demo: the named ones if both Kafka and PostgreSQL are named, else the local stack. An unnamed server
 * on port 5432 is never used. Where Kafka cannot run, the demo uses PostgreSQL alone.
 */
import { relative } from 'node:path';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { DEFAULT_DIR, PrerequisiteError, readStack, type StackState, stackDown, stackUp } from '../../stack/stack.ts';
import type { Step } from '../demo.ts';
import type { Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import {
  type ChosenKafka,
  chooseDatabase,
  chooseKafka,
  describeChosenDatabase,
  describeKafka,
  type kafkaOptions,
  type postgresOptions,
} from '../servers/servers.ts';

type ServerValues = Values<(typeof kafkaOptions)[number] | (typeof postgresOptions)[number]>;

/** The servers that the demo connects to. */
export type DemoServers = {
  /** Absent when Kafka cannot run here. */
  readonly kafka: ChosenKafka | undefined;
  readonly database: Database;
  /** Stops only the servers that the demo started. */
  readonly release: () => Promise<void>;
};

/** Finds or starts the servers. */
export async function demoServers(values: ServerValues, context: Context, step: Step): Promise<DemoServers> {
  const isNamed = (name: string) => (context.origins[name] ?? 'default') !== 'default';
  const kafkaNamed = isNamed('bootstrapServers');
  const postgresNamed = isNamed('target') || isNamed('databaseUrl') || isNamed('postgresHost');
  if (kafkaNamed && postgresNamed) {
    const kafka = chooseKafka(values, context);
    const chosen = chooseDatabase(values, context);
    step(`${describeKafka(kafka)}, ${describeChosenDatabase(chosen)}`);
    return { kafka, database: chosen.database, release: async () => undefined };
  }
  if (kafkaNamed || postgresNamed) {
    const [only, missing] = kafkaNamed ? ['Kafka', 'PostgreSQL'] : ['PostgreSQL', 'Kafka'];
    step(`${only} is named but ${missing} is not: the demo needs both, so it uses the local stack`);
  }
  return localServers(context, step);
}

async function localServers({ stop, printError }: Context, step: Step): Promise<DemoServers> {
  const stackBefore = readStack(DEFAULT_DIR);
  // A second Ctrl-C ends the process before the servers are stopped.
  const warn = () => printError('servers of the local stack may still run; `npx sluice stack down` stops them');
  if (stackBefore === undefined) process.once('exit', warn);
  const release = async () => {
    process.removeListener('exit', warn);
    // The demo does not stop a stack that ran before it.
    if (stackBefore === undefined) await stackDown(DEFAULT_DIR, step);
  };
  const up = (kafka: boolean) => stackUp({ kafka, report: step, signal: stop });
  try {
    step(`local stack: a real Kafka and a real PostgreSQL under ${relative('.', DEFAULT_DIR) || DEFAULT_DIR}/`);
    return { ...serversOf(await up(true)), release };
  } catch (error) {
    if (!(error instanceof PrerequisiteError) || !/^(java|maven)/.test(error.code)) {
      // `stackUp` has already stopped the servers that it started.
      process.removeListener('exit', warn);
      throw error;
    }
    step(`Kafka cannot run here: ${error.message}`);
    step(`to fix this: ${error.fix}`);
    step('continuing without Kafka: the same pipeline reads the sample from its file');
    return { ...serversOf(await up(false)), kafka: undefined, release };
  }
}

function serversOf({ kafka, postgres }: StackState): Pick<DemoServers, 'kafka' | 'database'> {
  if (!postgres) throw new Error('the local stack came up without PostgreSQL');
  const { port, database, user, password } = postgres;
  return {
    kafka: kafka && { brokers: [`127.0.0.1:${kafka.port}`], provenance: 'local stack' },
    database: { host: '127.0.0.1', port, database, user, password },
  };
}
