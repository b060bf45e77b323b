/** `sluice doctor`: looks for whatever keeps Sluice from working here, and says how to mend it. Changes nothing. */
import { styleText } from 'node:util';
import { exitCodes, messageOf } from '../pipeline/errors.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';
import { type KafkaServer, type PostgresServer, readRecord, readStack, recordFile } from '../stack/state.ts';
import { checkDatabase } from './doctor/database.ts';
import { type Finding, fault, type Verdict } from './doctor/finding.ts';
import { checkStackFolder, checkTemporaryFolder } from './doctor/folders.ts';
import { checkKafka } from './doctor/kafka.ts';
import { checkPort } from './doctor/ports.ts';
import { checkKafkaPrograms, checkNode, checkPostgresPrograms } from './doctor/programs.ts';
import type { Values } from './options.ts';
import { chooseDatabase, chooseKafka, kafkaOptions, type Provenance, postgresOptions } from './servers.ts';
import { type Context, verb } from './verb.ts';

const names = [...kafkaOptions, 'topic', 'partitions', 'noCreateTopic', ...postgresOptions, 'json'] as const;

export const doctor = verb({
  name: 'doctor',
  summary: 'check this machine and its servers, and suggest fixes',
  options: names,
  overrides: {
    topic: { description: 'topic that the pipeline reads' },
    partitions: { description: 'partitions that `npx sluice run` would create the topic with' },
    noCreateTopic: { description: 'a missing topic is a fault' },
  },
  examples: ['npx sluice doctor', 'npx sluice doctor --no-create-topic --topic orders'],
  async run(values, context) {
    const findings = await examine(values, context);
    const counted = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
    const counts = { faults: counted('fault'), notes: counted('note'), ok: counted('ok') };
    if (values.json) context.print(JSON.stringify({ ...counts, findings }));
    else for (const line of [...findings.flatMap(show(findings)), '', summary(counts)]) context.print(line);
    return counts.faults === 0 ? exitCodes.done : exitCodes.failure;
  },
});

type Remembered = {
  readonly kafkaPort: number;
  readonly postgresPort: number;
  readonly kafka?: KafkaServer;
  readonly postgres?: PostgresServer;
};

/** What the local stack remembers, or why that cannot be read: then no server can be chosen either. */
function remembered(): Remembered | Finding {
  try {
    const { kafkaPort = 9092, postgresPort = 5432 } = readRecord(DEFAULT_DIR);
    const { kafka, postgres } = readStack(DEFAULT_DIR) ?? {};
    return { kafkaPort, postgresPort, ...(kafka ? { kafka } : {}), ...(postgres ? { postgres } : {}) };
  } catch (error) {
    return fault('stack file', messageOf(error), `rm '${recordFile(DEFAULT_DIR)}'`);
  }
}

async function examine(values: Values<(typeof names)[number]>, context: Context): Promise<Finding[]> {
  const stack = remembered();
  if ('verdict' in stack) return [checkNode(), stack];
  const cluster = chooseKafka(values, context);
  const chosen = chooseDatabase(values, context);
  const { database } = chosen;
  const needsKafka = !isNamed(cluster.provenance);
  const needsPostgres = !isNamed(chosen.provenance);
  // Who names a folder wants to use it; the one beside package.json is only needed for a stack.
  const needsFolder = needsKafka || needsPostgres || Boolean(context.env.SLUICE_DIR);

  const kafkaLook = checkKafka(cluster, values);
  const databaseLook = checkDatabase(chosen);
  const [programs, postgresPrograms, folder, temporary, kafka, postgres] = await Promise.all([
    checkKafkaPrograms(needsKafka, context.env, DEFAULT_DIR),
    checkPostgresPrograms(needsPostgres),
    checkStackFolder(DEFAULT_DIR, needsFolder),
    checkTemporaryFolder(),
    kafkaLook,
    databaseLook,
  ]);
  const ports = await Promise.all([
    checkPort({
      server: 'Kafka',
      port: stack.kafkaPort,
      own: stack.kafka,
      used: kafka.answers && cluster.brokers.some((broker) => isHere(broker, stack.kafkaPort)),
      needed: needsKafka,
    }),
    checkPort({
      server: 'PostgreSQL',
      port: stack.postgresPort,
      own: stack.postgres,
      used: postgres.answers && isHere(`${database.host}:${database.port}`, stack.postgresPort),
      needed: needsPostgres,
    }),
  ]);
  return [
    checkNode(),
    ...programs,
    postgresPrograms,
    folder,
    temporary,
    ...ports,
    ...kafka.findings,
    ...postgres.findings,
  ];
}

const isNamed = (provenance: Provenance): boolean => provenance === 'flag' || provenance === 'environment';

const isHere = (address: string, port: number): boolean =>
  ['localhost', '127.0.0.1', '::1', '[::1]'].some((host) => address === `${host}:${port}`);

const colours = { ok: 'green', note: 'yellow', fault: 'red' } as const;

/** A finding in a line, its fix below. */
const show =
  (all: readonly Finding[]) =>
  ({ check, verdict, sentence, fix }: Finding): string[] => {
    const column = Math.max(...all.map((one) => one.check.length));
    const line = `${painted(verdict.padEnd(5), colours[verdict])}  ${check.padEnd(column)}  ${sentence}`;
    return fix === undefined ? [line] : [line, `${' '.repeat(column + 9)}→ ${fix}`];
  };

const painted = (text: string, colour: (typeof colours)[Verdict]): string =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;

function summary({ faults, notes, ok }: { faults: number; notes: number; ok: number }): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const rest = `${count(notes, 'note')}, ${ok} ok`;
  return faults === 0 ? `no fault, ${rest}` : `${count(faults, 'fault')}, ${rest}: the lines with → say what to do`;
}
