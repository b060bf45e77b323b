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

/**
 * The database to use. The place comes from a URL, a host, the running local stack or the defaults, in this order; a flag
 * goes before everything from the environment. What is said of database, user and password on its own then replaces
 * that part, wherever the place came from, except that a URL from the environment goes before POSTGRES_* beside it.
 */
export function chooseDatabase(values: Values<(typeof postgresOptions)[number]>, context: Context): ChosenDatabase {
  const { database, provenance, overriddenBy } = place(values, context);
  const said = (name: string) => overriddenBy.some((origin) => origin === given(context, name));
  return {
    provenance,
    database: {
      ...database,
      ...(said('postgresPort') && values.postgresPort !== undefined ? { port: values.postgresPort } : {}),
      ...(said('postgresDb') ? { database: values.postgresDb } : {}),
      ...(said('postgresUser') ? { user: values.postgresUser } : {}),
      ...(said('postgresPassword') ? { password: values.postgresPassword } : {}),
    },
  };
}

type Place = ChosenDatabase & { readonly overriddenBy: readonly ('flag' | 'environment')[] };

function place(values: Values<(typeof postgresOptions)[number]>, context: Context): Place {
  const { postgresHost: host, postgresPort: port = 5432, databaseUrl: url } = values;
  const named = { port, database: values.postgresDb, user: values.postgresUser, password: values.postgresPassword };
  const urlOrigin = given(context, 'databaseUrl');
  const hostOrigin = given(context, 'postgresHost');
  if (url && urlOrigin && !(urlOrigin === 'environment' && hostOrigin === 'flag')) {
    return { database: fromUrl(url, values), provenance: urlOrigin, overriddenBy: ['flag'] };
  }
  if (host && hostOrigin) {
    return { database: { host, ...named }, provenance: hostOrigin, overriddenBy: ['flag', 'environment'] };
  }
  const portOrigin = given(context, 'postgresPort');
  const local = portOrigin ? undefined : readStack(DEFAULT_DIR)?.postgres;
  const overriddenBy = ['flag', 'environment'] as const;
  if (local) {
    const { user, password, database } = local;
    return {
      database: { host: '127.0.0.1', port: local.port, database, user, password },
      provenance: 'local stack',
      overriddenBy,
    };
  }
  return { database: { host: 'localhost', ...named }, provenance: portOrigin ?? 'default', overriddenBy };
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
