/** Kafka: whether it answers, whether its brokers can be reached by the names they give, whether the topic is there. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { disconnectSoon } from '../../adapters/kafka/client/client.ts';
import { partitionRanges } from '../../adapters/kafka/topics/topic.ts';
import { closest } from '../../pipeline/closest.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { type ChosenKafka, sayKafka } from '../servers/servers.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** Milliseconds a single answer may take, and all of them together. */
const limit = 3_000;
const wholeLimit = 8_000;

/** What the topic is to be. */
export type WantedTopic = {
  readonly topic: string;
  /** True when somebody named it: then it should be there. */
  readonly isNamed: boolean;
};

/** The findings, and whether Kafka answered. */
export type KafkaReport = { readonly findings: readonly Finding[]; readonly answers: boolean };

/** Looks, and changes nothing. */
export async function checkKafka(chosen: ChosenKafka, wanted: WantedTopic): Promise<KafkaReport> {
  const { provenance, ...cluster } = chosen;
  const admin = new Kafka({
    ...cluster,
    clientId: 'sluice-doctor',
    logLevel: logLevel.NOTHING,
    connectionTimeout: limit,
    authenticationTimeout: limit,
    requestTimeout: limit,
    // One try for each broker that was named.
    retry: { initialRetryTime: 50, maxRetryTime: 50, retries: Math.min(cluster.brokers.length - 1, 2) },
  }).admin();
  const failed = async (error: unknown) => ({ findings: await unreachable(chosen, error), answers: false });
  const looked = look(admin, chosen, wanted).catch(failed);
  const late = sleep(wholeLimit, undefined, { ref: false }).then(() =>
    failed(new Error(`no answer within ${wholeLimit / 1000} s`)),
  );
  try {
    return await Promise.race([looked, late]);
  } finally {
    await disconnectSoon(admin);
  }
}

async function look(admin: Admin, chosen: ChosenKafka, wanted: WantedTopic): Promise<KafkaReport> {
  const started = Date.now();
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  const many = brokers.length === 1 ? '' : `, ${brokers.length} brokers`;
  const answers = ok('Kafka', `${sayKafka(chosen)} answers in ${Date.now() - started} ms${many}`);
  const astray = await Promise.all(brokers.map(whyNotReached));
  const lost = astray.filter((one) => one !== undefined);
  if (lost.length > 0) {
    const sentence = `it answers, but its brokers name addresses that cannot be reached from here: ${lost.join(', ')}`;
    const fix =
      'set advertised.listeners (KAFKA_ADVERTISED_LISTENERS) of the broker to an address this machine can reach';
    return { findings: [answers, fault('Kafka listeners', sentence, fix)], answers: true };
  }
  return { findings: [answers, await checkTopic(admin, wanted)], answers: true };
}

async function checkTopic(admin: Admin, { topic, isNamed }: WantedTopic): Promise<Finding> {
  const topics = await admin.listTopics();
  if (!topics.includes(topic)) {
    if (!isNamed)
      return note(
        'topic',
        `${topic} is not there yet; \`npx sluice simulate\` makes it, and \`npx sluice run --create-topic\``,
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
  const astray = await Promise.all(chosen.brokers.map((broker) => whyNotReached(addressOf(broker))));
  const reasons = astray.filter((one) => one !== undefined);
  // Whatever listens there but does not speak Kafka leaves only the client's own words.
  const why = reasons.length < astray.length ? messageOf(error) : reasons.join(', ');
  return [
    fault(
      'Kafka',
      `${sayKafka(chosen)} ${refused ? 'does not let us in' : 'does not answer'}: ${why}`,
      refused ? 'correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD' : fix,
    ),
    note('topic', 'not looked for, since Kafka does not answer'),
  ];
}

const addressOf = (broker: string) => {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
};

/** The address and what is wrong with it when nothing answers there; undefined when something does. */
function whyNotReached({ host, port }: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: limit });
    const settle = (problem: string | undefined) => {
      socket.destroy();
      resolve(problem === undefined ? undefined : `${host}:${port} ${problem}`);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle(`is silent for ${limit / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(problems[error.code ?? ''] ?? messageOf(error)));
  });
}

const problems: { readonly [code: string]: string } = {
  ECONNREFUSED: 'has nobody listening',
  ENOTFOUND: 'is an unknown host name',
  EAI_AGAIN: 'is a host name that cannot be looked up',
};
