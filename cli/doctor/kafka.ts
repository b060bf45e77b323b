/** Checks Kafka: whether it answers, whether its advertised listeners are reachable, and whether the topic exists. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { disconnectSoon } from '../../adapters/kafka/client/client.ts';
import { describeCluster, partitionRanges, topicNames } from '../../adapters/kafka/topics/topic.ts';
import { closest } from '../../pipeline/closest.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { type ChosenKafka, describeKafka } from '../servers/servers.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** Time limits of a single request and of the whole check. */
const timeoutMs = 3_000;
const totalTimeoutMs = 8_000;

/** The topic to check. */
export type WantedTopic = {
  readonly topic: string;
  /** True if an option names it. A missing topic is a fault then. */
  readonly isNamed: boolean;
};

/** The findings, and whether Kafka answered. */
export type KafkaReport = { readonly findings: readonly Finding[]; readonly answers: boolean };

/** Checks the cluster. It changes nothing. */
export async function checkKafka(chosen: ChosenKafka, wanted: WantedTopic): Promise<KafkaReport> {
  const { provenance, ...cluster } = chosen;
  const admin = new Kafka({
    ...cluster,
    clientId: 'sluice-doctor',
    logLevel: logLevel.NOTHING,
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    // One attempt for each named broker.
    retry: { initialRetryTime: 50, maxRetryTime: 50, retries: Math.min(cluster.brokers.length - 1, 2) },
  }).admin();
  const failed = async (error: unknown) => ({ findings: await unreachable(chosen, error), answers: false });
  const result = inspectCluster(admin, chosen, wanted).catch(failed);
  const timedOut = sleep(totalTimeoutMs, undefined, { ref: false }).then(() =>
    failed(new Error(`no answer within ${totalTimeoutMs / 1000} s`)),
  );
  try {
    return await Promise.race([result, timedOut]);
  } finally {
    await disconnectSoon(admin);
  }
}

async function inspectCluster(admin: Admin, chosen: ChosenKafka, wanted: WantedTopic): Promise<KafkaReport> {
  const started = Date.now();
  await admin.connect();
  const { brokers } = await describeCluster(admin);
  const many = brokers.length === 1 ? '' : `, ${brokers.length} brokers`;
  const answers = ok('Kafka', `${describeKafka(chosen)} answers in ${Date.now() - started} ms${many}`);
  const attempts = await Promise.all(brokers.map(connectionProblem));
  const lost = attempts.filter((one) => one !== undefined);
  if (lost.length > 0) {
    const sentence = `it answers, but its brokers name addresses that cannot be reached from here: ${lost.join(', ')}`;
    const fix =
      'set advertised.listeners (KAFKA_ADVERTISED_LISTENERS) of the broker to an address this machine can reach';
    return { findings: [answers, fault('Kafka listeners', sentence, fix)], answers: true };
  }
  return { findings: [answers, await checkTopic(admin, wanted)], answers: true };
}

async function checkTopic(admin: Admin, { topic, isNamed }: WantedTopic): Promise<Finding> {
  const topics = await topicNames(admin);
  if (!topics.includes(topic)) {
    if (!isNamed)
      return note(
        'topic',
        `${topic} does not exist yet; \`npx sluice simulate\` or \`npx sluice run --create-topic\` creates it`,
      );
    const like = closest(topic, topics, 3);
    const meant = like.length === 0 ? '' : `; topics like it: ${like.join(', ')}`;
    return fault('topic', `${topic} does not exist${meant}`, `npx sluice run --create-topic --topic ${topic}`);
  }
  const offsets = await partitionRanges(admin, topic);
  const records = offsets.reduce((sum, { low, high }) => sum + high - low, 0n);
  const count = (n: number | bigint, noun: string) => `${n} ${noun}${Number(n) === 1 ? '' : 's'}`;
  return ok('topic', `${topic}, ${count(offsets.length, 'partition')}, ${count(records, 'record')}`);
}

async function unreachable(chosen: ChosenKafka, error: unknown): Promise<Finding[]> {
  const fix = {
    flag: 'correct --bootstrap-servers, or leave it out and start a local one: npx sluice stack up',
    environment:
      'correct KAFKA_BOOTSTRAP_SERVERS, or start a local one: unset KAFKA_BOOTSTRAP_SERVERS && npx sluice stack up',
    file: 'correct bootstrap-servers in the configuration file, or leave it out and start a local one: npx sluice stack up',
    'local stack': 'npx sluice stack down && npx sluice stack up',
    default: 'npx sluice stack up',
  }[chosen.provenance];
  const refused = /SASL|authentication/i.test(String(error));
  const attempts = await Promise.all(chosen.brokers.map((broker) => connectionProblem(addressOf(broker))));
  const reasons = attempts.filter((one) => one !== undefined);
  // A server that accepts connections but is no Kafka broker leaves only the client's message.
  const why = reasons.length < attempts.length ? messageOf(error) : reasons.join(', ');
  return [
    fault(
      'Kafka',
      `${describeKafka(chosen)} ${refused ? 'refuses the login' : 'does not answer'}: ${why}`,
      refused ? 'correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD' : fix,
    ),
    note('topic', 'not checked: Kafka does not answer'),
  ];
}

const addressOf = (broker: string) => {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
};

/** Connects to the address. Returns the address with its problem; undefined if the connection succeeds. */
function connectionProblem({ host, port }: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const settle = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem === undefined ? undefined : `${host}:${port} ${problem}`);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle(`does not answer within ${timeoutMs / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(problems[error.code ?? ''] ?? messageOf(error)));
  });
}

const problems: { readonly [code: string]: string } = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'is an unknown host name',
  EAI_AGAIN: 'is a host name that cannot be looked up',
};
