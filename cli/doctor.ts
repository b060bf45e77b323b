/** `sluice doctor`: finds faults of this machine and its servers, and suggests fixes. It changes nothing. */
import { styleText } from 'node:util';
import { describeServers } from '../engines/postgres/connection/connection.ts';
import { messageOf, PipelineError } from '../pipeline/errors.ts';
import { sayWaiting } from '../pipeline/waiting.ts';
import { isMysql, productOf, type TargetDatabase } from '../services/target.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';
import { type KafkaServer, type PostgresServer, readRecord, readStack, recordFile } from '../stack/state/state.ts';
import { sourceDatabase } from './connector/servers.ts';
import { checkDatabase, type DatabaseReport } from './doctor/database.ts';
import { type Finding, fault, note, type Verdict } from './doctor/finding.ts';
import { checkStackFolder, checkTemporaryFolder } from './doctor/folders.ts';
import { checkKafka } from './doctor/kafka.ts';
import { checkMysql } from './doctor/mysql.ts';
import { functionFindings, loadFunctions } from './doctor/own-functions.ts';
import { checkPort } from './doctor/ports.ts';
import { checkKafkaPrograms, checkNode, checkPostgresPrograms } from './doctor/programs.ts';
import { checkSource } from './doctor/source.ts';
import type { Values } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { type Context, verb } from './program/verb.ts';
import { type ChosenTarget, chooseKafka, isNamed, kafkaOptions, postgresOptions } from './servers/servers.ts';
import { chooseAnyDatabase } from './servers/target-server.ts';

const names = [...kafkaOptions, 'topic', 'sourceUrl', ...postgresOptions, 'functions', 'json'] as const;

export const doctor = verb({
  name: 'doctor',
  summary: 'check this machine and its servers, and suggest fixes',
  options: names,
  overrides: {
    topic: { description: 'topic that the pipeline reads; a named topic must exist' },
    sourceUrl: { description: 'database to replicate from; without it no source is checked' },
  },
  examples: [
    'npx sluice doctor',
    'npx sluice doctor --topic orders',
    'npx sluice doctor --source-db postgresql://me:secret@old/shop \\',
    '  --target-db mariadb://me:secret@new/shop',
  ],
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

/** Reads the record of the local stack. Returns a fault if it is unreadable; no server can be chosen then. */
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
  const cluster = chosenOr(() => chooseKafka(values, context));
  const chosen = chosenOr(() => chooseAnyDatabase(values, context));
  const product = isStopped(chosen) ? 'PostgreSQL' : productOf(chosen.database);
  const needsKafka = isStopped(cluster) || !isNamed(cluster.provenance);
  const needsPostgres = isStopped(chosen) || !isNamed(chosen.provenance);
  // A folder named by SLUICE_DIR must be usable; the default folder matters only for a local stack.
  const needsFolder = needsKafka || needsPostgres || Boolean(context.env.SLUICE_DIR);

  const functions = await loadFunctions(values.functions);
  const kafkaLook = isStopped(cluster)
    ? skippedReport('Kafka')
    : checkKafka(cluster, { topic: values.topic, isNamed: context.origins.topic !== 'default' });
  const databaseLook = isStopped(chosen) ? skippedReport(product) : checkTarget(chosen);
  const source = values.sourceUrl && sourceDatabase(values.sourceUrl, context);
  const waited = <T>(server: string, look: Promise<T>) =>
    sayWaiting(server, serverLimitMs, values.json ? () => undefined : context.printError, () => look);
  const [programs, postgresPrograms, folder, temporary, kafka, target, sourceFindings] = await Promise.all([
    checkKafkaPrograms(needsKafka, context.env, DEFAULT_DIR),
    checkPostgresPrograms(needsPostgres),
    checkStackFolder(DEFAULT_DIR, needsFolder),
    checkTemporaryFolder(),
    waited('Kafka', kafkaLook),
    waited(product, databaseLook),
    source ? waited('the source', checkSource(source)) : [],
  ]);
  const ports = await Promise.all([
    checkPort({
      server: 'Kafka',
      port: stack.kafkaPort,
      own: stack.kafka,
      used: kafka.answers && !isStopped(cluster) && cluster.brokers.some((broker) => isHere(broker, stack.kafkaPort)),
      needed: needsKafka,
    }),
    checkPort({
      server: 'PostgreSQL',
      port: stack.postgresPort,
      own: stack.postgres,
      used: target.answers && !isStopped(chosen) && isAt(chosen.database, stack.postgresPort),
      needed: needsPostgres,
    }),
  ]);
  // A stack that is stopped as a whole gives both servers the same sentence, which is shown once.
  const stopped = [cluster, chosen]
    .filter(isStopped)
    .filter((one, index, all) => one.sentence !== all[index - 1]?.sentence);
  return [
    ...stopped,
    checkNode(),
    ...programs,
    postgresPrograms,
    folder,
    temporary,
    ...ports,
    ...kafka.findings,
    ...sourceFindings,
    ...target.findings,
    ...('verdict' in functions ? [functions] : functionFindings(functions, target.own)),
  ];
}

/** Time limit for both servers to answer; they are checked at the same time. */
const serverLimitMs = 8_000;

/** Returns the chosen server, or a fault if it would be that of a stopped local stack. */
function chosenOr<T>(choose: () => T): T | Finding {
  try {
    return choose();
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'local_stack_stopped') throw error;
    const [sentence = '', command = ''] = error.message.split(': `');
    return fault('local stack', sentence, `${command.replace('`', '')}   (${error.advice})`);
  }
}

const isStopped = (chosen: object): chosen is Finding => 'verdict' in chosen;

const skippedReport = async (server: string) => ({
  findings: [note(server, `not checked: the ${server} of the local stack is stopped`)],
  answers: false,
  own: null,
});

const checkTarget = ({ database, ...origin }: ChosenTarget): Promise<DatabaseReport> =>
  isMysql(database) ? checkMysql({ database, ...origin }) : checkDatabase({ database, ...origin });

const isAt = (database: TargetDatabase, port: number): boolean =>
  !isMysql(database) && isHere(describeServers(database), port);

const isHere = (address: string, port: number): boolean =>
  ['localhost', '127.0.0.1', '::1', '[::1]'].some((host) => address === `${host}:${port}`);

const colors = { ok: 'green', note: 'yellow', fault: 'red' } as const;

/** Returns a finding as one line, with its fix on the next. */
const show =
  (all: readonly Finding[]) =>
  ({ check, verdict, sentence, fix }: Finding): string[] => {
    const column = Math.max(...all.map((one) => one.check.length));
    const line = `${colored(verdict.padEnd(5), colors[verdict])}  ${check.padEnd(column)}  ${sentence}`;
    return fix === undefined ? [line] : [line, `${' '.repeat(column + 9)}→ ${fix}`];
  };

const colored = (text: string, colour: (typeof colors)[Verdict]): string =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;

function summary({ faults, notes, ok }: { faults: number; notes: number; ok: number }): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const rest = `${count(notes, 'note')}, ${ok} ok`;
  return faults === 0 ? `no fault, ${rest}` : `${count(faults, 'fault')}, ${rest}: see the lines with → for fixes`;
}
