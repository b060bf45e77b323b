/**
 * Which servers a command talks to: flag, then environment, then the running local stack, then the defaults on
 * localhost. Every command says which it uses and why, so that nobody writes to the wrong database unknowingly.
 */
import type { SASLOptions } from 'kafkajs';
import type { KafkaCluster } from '../adapters/kafka/client.ts';
import { type Database, describeDatabase } from '../adapters/postgres/connection.ts';
import { DEFAULT_DIR, readStack, stackEnv } from '../stack/stack.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import type { Context } from './verb.ts';

/** The options that name servers. */
export const kafkaOptions = [
  'bootstrapServers',
  'kafkaSsl',
  'kafkaSaslMechanism',
  'kafkaSaslUsername',
  'kafkaSaslPassword',
] as const;
export const postgresOptions = [
  'databaseUrl',
  'postgresHost',
  'postgresPort',
  'postgresDb',
  'postgresUser',
  'postgresPassword',
] as const;

/** Where an address comes from. */
export type Provenance = 'flag' | 'environment' | 'local stack' | 'default';

/** A Kafka cluster and why this one. */
export type ChosenKafka = KafkaCluster & { readonly provenance: Provenance };

/** A database and why this one. */
export type ChosenDatabase = { readonly database: Database; readonly provenance: Provenance };

const given = (context: Context, name: string): 'flag' | 'environment' | undefined => {
  const origin = context.origins[name];
  return origin === 'flag' || origin === 'environment' ? origin : undefined;
};

/** The Kafka to use. */
export function chooseKafka(values: Values<(typeof kafkaOptions)[number]>, context: Context): ChosenKafka {
  const origin = given(context, 'bootstrapServers');
  if (values.bootstrapServers && origin) {
    return { brokers: values.bootstrapServers, ...security(values), provenance: origin };
  }
  const stack = readStack(DEFAULT_DIR);
  const local = stack && stackEnv(stack).KAFKA_BOOTSTRAP_SERVERS;
  if (local) return { brokers: [local], provenance: 'local stack' };
  return { brokers: ['localhost:9092'], provenance: 'default' };
}

/** Encryption and login; only for clusters that were named, since the local stack has neither. */
function security(values: Values<(typeof kafkaOptions)[number]>): Pick<KafkaCluster, 'ssl' | 'sasl'> {
  const {
    kafkaSsl: ssl,
    kafkaSaslMechanism: mechanism,
    kafkaSaslUsername: username,
    kafkaSaslPassword: password,
  } = values;
  if (mechanism === undefined) return { ssl };
  if (username === undefined || password === undefined) {
    throw new UsageError('--kafka-sasl-mechanism needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD');
  }
  return { ssl, sasl: { mechanism, username, password } as SASLOptions };
}

/** The database to use. */
export function chooseDatabase(values: Values<(typeof postgresOptions)[number]>, context: Context): ChosenDatabase {
  const hostOrigin = given(context, 'postgresHost') ?? given(context, 'postgresPort');
  const urlOrigin = given(context, 'databaseUrl');
  // A host on the command line is meant more than a URL in the environment.
  if (values.databaseUrl && urlOrigin && !(urlOrigin === 'environment' && hostOrigin === 'flag')) {
    return { database: fromUrl(values.databaseUrl, values), provenance: urlOrigin };
  }
  const named = {
    database: values.postgresDb,
    user: values.postgresUser,
    password: values.postgresPassword,
  };
  if (hostOrigin) {
    const host = values.postgresHost ?? 'localhost';
    return { database: { host, port: values.postgresPort ?? 5432, ...named }, provenance: hostOrigin };
  }
  const local = readStack(DEFAULT_DIR)?.postgres;
  if (local) {
    const { port, user, password } = local;
    const database = given(context, 'postgresDb') ? values.postgresDb : local.database;
    return { database: { host: '127.0.0.1', port, database, user, password }, provenance: 'local stack' };
  }
  return { database: { host: 'localhost', port: 5432, ...named }, provenance: 'default' };
}

function fromUrl(url: URL, values: Values<'postgresDb' | 'postgresUser'>): Database {
  const sslmode = url.searchParams.get('sslmode');
  const strict = sslmode === 'verify-full' || sslmode === 'verify-ca';
  const encrypted = strict || sslmode === 'require' || sslmode === 'prefer';
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || values.postgresDb,
    user: decodeURIComponent(url.username) || values.postgresUser,
    password: decodeURIComponent(url.password),
    ...(encrypted ? { ssl: { rejectUnauthorized: strict } } : {}),
  };
}

/** One line for a person. */
export const sayKafka = ({ brokers, provenance }: ChosenKafka): string => `Kafka ${brokers.join(', ')} (${provenance})`;

/** One line for a person, without the password. */
export const sayDatabase = ({ database, provenance }: ChosenDatabase): string =>
  `PostgreSQL ${describeDatabase(database)} (${provenance})`;
