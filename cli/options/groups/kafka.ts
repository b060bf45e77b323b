/** Options for Kafka. */
import type { Options } from '../option.ts';
import { hosts, integer, oneOf, pattern, text, topic } from '../parse.ts';

/** Kafka. */
export const kafka = {
  bootstrapServers: {
    kind: 'value',
    flag: 'bootstrap-servers',
    value: '<host:port,...>',
    env: ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BOOTSTRAP'],
    description: 'Kafka brokers; without it the running local stack, else localhost:9092',
    parse: hosts,
  },
  kafkaSsl: {
    kind: 'switch',
    flag: 'kafka-ssl',
    env: ['KAFKA_SSL'],
    description: 'encrypt the connections to Kafka',
  },
  kafkaSaslMechanism: {
    kind: 'value',
    flag: 'kafka-sasl-mechanism',
    value: '<plain|scram-sha-256|scram-sha-512>',
    env: ['KAFKA_SASL_MECHANISM'],
    description: 'log in to Kafka with user and password',
    parse: oneOf('plain', 'scram-sha-256', 'scram-sha-512'),
  },
  kafkaSaslUsername: {
    kind: 'value',
    flag: 'kafka-sasl-username',
    value: '<name>',
    env: ['KAFKA_SASL_USERNAME'],
    description: 'user for Kafka',
    parse: text,
  },
  kafkaSaslPassword: {
    kind: 'value',
    flag: 'kafka-sasl-password',
    value: '<password>',
    env: ['KAFKA_SASL_PASSWORD'],
    description: 'password for Kafka; prefer the environment variable',
    parse: (value: string) => value,
  },
  topic: {
    kind: 'value',
    flag: 'topic',
    value: '<name>',
    env: ['KAFKA_TOPIC'],
    default: 'cdc-events',
    description: 'topic with the change events',
    parse: topic,
  },
  topics: {
    kind: 'value',
    flag: 'topics',
    value: '<regex>',
    env: ['KAFKA_TOPIC_PATTERN'],
    default: '^cdc\\.public\\..*',
    description: 'topics with the changes of tables, as a regular expression',
    parse: pattern,
  },
  partitions: {
    kind: 'value',
    flag: 'partitions',
    value: '<n>',
    default: '4',
    description: 'partitions of a topic that is created',
    parse: integer(1, 10_000),
  },
  createTopic: {
    kind: 'switch',
    flag: 'create-topic',
    description: 'create the topic with --partitions when it does not exist',
  },
} as const satisfies Options;
