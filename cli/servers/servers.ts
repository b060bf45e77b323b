/**
 * Which servers a command talks to: flag, then environment, then configuration file, then the running local stack, then
 * localhost where no stack was ever started. Every command says which it uses and why, so that nobody writes to the wrong database unknowingly.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SASLOptions } from 'kafkajs';
import type { KafkaCluster } from '../../adapters/kafka/client/client.ts';
import { type Database, describeDatabase, type NamedBy } from '../../engines/postgres/connection/connection.ts';
import { type AddressDefaults, addressOf } from '../../engines/postgres/connection/libpq/address.ts';
import { AddressError } from '../../engines/postgres/connection/libpq/address-error.ts';
import { namesServer, variablesSet } from '../../engines/postgres/connection/libpq/environment.ts';
import type { Settings } from '../../engines/postgres/connection/libpq/keywords.ts';
import { kafkaBootstrap } from '../../stack/kafka/server.ts';
import { placeOf } from '../options/named-by.ts';
import { disagreement, type Option, type Setting, UsageError } from '../options/option.ts';
import { options, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { localServer } from './local-server.ts';

/** The options that name servers. */
export const kafkaOptions = [
  'bootstrapServers',
  'kafkaSsl',
  'kafkaSaslMechanism',
  'kafkaSaslUsername',
  'kafkaSaslPassword',
] as const;
/** The options that name nothing but the database of the enrichment: those of earlier versions, and their variables. */
export const enrichmentOptions = [
  'databaseUrl',
  'postgresHost',
  'postgresPort',
  'postgresDb',
  'postgresUser',
  'postgresPassword',
] as const;
export const postgresOptions = ['target', ...enrichmentOptions] as const;

/** Where an address comes from. */
export type Provenance = Setting['origin'] | 'local stack' | 'default';

/** True where a person named the server, by whatever means. */
export const isNamed = (provenance: Provenance): provenance is Setting['origin'] =>
  provenance !== 'local stack' && provenance !== 'default';

/** A Kafka cluster and why this one. */
export type ChosenKafka = KafkaCluster & { readonly provenance: Provenance };

/** A database and why this one. */
export type ChosenDatabase = {
  readonly database: Database;
  readonly provenance: Provenance;
  /** PG* variables that are set and not used, since none of them names a server. */
  readonly unused: readonly string[];
};

const given = (context: Context, name: string): Setting['origin'] | undefined => {
  const origin = context.origins[name];
  return origin === undefined || origin === 'default' ? undefined : origin;
};

/** The strongest first. */
const layers: readonly Setting['origin'][] = ['flag', 'environment', 'file'];
const isAbove = (one: Setting['origin'], other: Setting['origin']): boolean =>
  layers.indexOf(one) < layers.indexOf(other);

/** The Kafka to use. Throws `local_stack_stopped` where that of this checkout is meant and does not run. */
export function chooseKafka(values: Values<(typeof kafkaOptions)[number]>, context: Context): ChosenKafka {
  const origin = given(context, 'bootstrapServers');
  if (values.bootstrapServers && origin) {
    return { brokers: values.bootstrapServers, ...security(values), provenance: origin };
  }
  const local = localServer('kafka');
  if (local) return { brokers: [kafkaBootstrap(local)], provenance: 'local stack' };
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
 * The database to use: a URL, a host, the PG* variables, the running local stack, or localhost, in this order; a flag
 * goes before everything from the environment, and that before the configuration file. What a URL or a host leaves out is
 * completed as psql would do it. Flags for port, database, user and password replace that part wherever the server came
 * from, and POSTGRES_* do so except beside a URL of the environment.
 *
 * Throws UsageError for an address that cannot be honoured, `local_stack_stopped` where the stack is meant and stopped.
 */
export function chooseDatabase(
  values: Partial<Values<(typeof postgresOptions)[number]>>,
  context: Context,
  { defaults, pgNamesServer, named }: PlaceOptions = mainDatabase,
): ChosenDatabase {
  const url = urlOf(values, context, named);
  const hostOrigin = given(context, 'postgresHost') ?? given(context, 'postgresPort');
  const parts = (origins: readonly Provenance[]): Settings => partsOf(values, context, origins);
  const placeOfPart = (part: LoginPart) => placeOf(named[part], given(context, optionOf[part]), context.env);
  const chosen = (said: Settings, provenance: Provenance, env = context.env) => ({
    database: completeAddress(said, defaults, { ...context, env }, placeOfPart),
    provenance,
    unused: [],
  });
  if (url && !(hostOrigin && isAbove(hostOrigin, url.origin))) {
    const replacing = layers.filter((layer) => layer === 'flag' || isAbove(layer, url.origin));
    const replaces = (part: LoginPart) => replacing.some((layer) => given(context, optionOf[part]) === layer);
    const place = (part: LoginPart) => (replaces(part) ? placeOfPart(part) : url.place);
    const said = { ...url.address, ...parts(replacing) };
    // Another command finds the file of the working folder by itself, but not one that a flag names.
    const provenance = url.origin === 'file' && context.origins.config === 'flag' ? 'flag' : url.origin;
    return {
      database: completeAddress(said, { ...defaults, port: 5432 }, context, place),
      provenance,
      unused: [],
    };
  }
  const said = parts(['flag', 'environment']);
  if (hostOrigin) return chosen({ host: 'localhost', ...said }, hostOrigin);
  if (pgNamesServer && namesServer(context.env)) return chosen(said, 'environment');
  const local = localServer('postgres');
  const unused = variablesSet(context.env);
  if (!local) return { ...chosen({ host: 'localhost', ...said }, 'default', withoutPg(context.env)), unused };
  const { port, database, user, password } = local;
  return {
    provenance: 'local stack',
    unused,
    database: {
      host: '127.0.0.1',
      port,
      database: said.dbname ?? database,
      user: said.user ?? user,
      password: said.password ?? password,
      namedBy: {
        database: said.dbname && placeOfPart('database'),
        user: said.user && placeOfPart('user'),
        password: said.password && placeOfPart('password'),
      },
    },
  };
}

/** The address that is said as one URL, by its present name or by that of earlier versions. Throws UsageError where both differ. */
function urlOf(
  values: Partial<Values<'target' | 'databaseUrl'>>,
  context: Context,
  named: PlaceOptions['named'],
): { readonly address: Settings; readonly origin: Setting['origin']; readonly place: string } | undefined {
  const said = (['target', 'databaseUrl'] as const).flatMap((name) => {
    const [address, origin] = [values[name], given(context, name)];
    const option = name === 'target' ? options.target : named.url;
    if (address === undefined || origin === undefined) return [];
    return [{ address, origin, place: context.settings?.[name]?.place ?? placeOf(option, origin, context.env) }];
  });
  const [first, second] = said;
  if (first === undefined || second === undefined) return first;
  if (first.origin !== second.origin) return isAbove(first.origin, second.origin) ? first : second;
  if (!isDeepStrictEqual(first.address, second.address)) throw disagreement(first.place, second.place);
  return first;
}

/** What holds where nothing else says it, whether PG* variables alone may name the server, and what messages call the parts. */
export type PlaceOptions = {
  readonly defaults: AddressDefaults;
  readonly pgNamesServer: boolean;
  readonly named: { readonly [part in LoginPart | 'url']: Option };
};

type LoginPart = keyof NamedBy;

const optionOf = { user: 'postgresUser', password: 'postgresPassword', database: 'postgresDb' } as const;

const mainDatabase: PlaceOptions = {
  defaults: { port: 5432, database: options.postgresDb.default, user: options.postgresUser.default },
  pgNamesServer: true,
  named: {
    url: options.databaseUrl,
    user: options.postgresUser,
    password: options.postgresPassword,
    database: options.postgresDb,
  },
};

/** What flags, or variables as well, say of single parts of the address. */
function partsOf(
  values: Partial<Values<(typeof postgresOptions)[number]>>,
  context: Context,
  origins: readonly Provenance[],
): Settings {
  const said = {
    host: ['postgresHost', values.postgresHost],
    port: ['postgresPort', values.postgresPort],
    dbname: ['postgresDb', values.postgresDb],
    user: ['postgresUser', values.postgresUser],
    password: ['postgresPassword', values.postgresPassword],
  } as const;
  return Object.fromEntries(
    Object.entries(said).flatMap(([keyword, [option, value]]) => {
      const origin = given(context, option);
      return origin !== undefined && origins.includes(origin) && value !== undefined ? [[keyword, String(value)]] : [];
    }),
  );
}

/**
 * As libpq completes it; tells what was left out. Throws UsageError for what cannot be honoured.
 * @param place where a part was said, or is to be said
 */
export function completeAddress(
  said: Settings,
  defaults: AddressDefaults,
  context: Context,
  place: (part: LoginPart) => string | undefined,
): Database {
  try {
    const { database, warnings, completedBy } = addressOf(said, defaults, context.env);
    for (const warning of warnings) context.tell(`warning: ${warning}`);
    const [user, password, name] = (['user', 'password', 'database'] as const).map((p) => completedBy[p] ?? place(p));
    return { ...database, namedBy: { user, password, database: name } };
  } catch (error) {
    if (error instanceof AddressError) throw new UsageError(`PostgreSQL address: ${error.message}`);
    throw error;
  }
}

/** PG* variables that name no server are not mixed with an address that came from elsewhere. */
const withoutPg = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG')));

/** One line for a person. */
export const sayKafka = ({ brokers, provenance }: ChosenKafka): string =>
  `Kafka ${brokers.join(', ')} (${inWords(provenance)})`;

/** Where a server was named, for a person. */
export const inWords = (provenance: Provenance): string => (provenance === 'file' ? 'configuration file' : provenance);

/** One line for a person, without the password. */
export const sayDatabase = ({ database, provenance, unused }: ChosenDatabase): string => {
  const left = unused.length === 0 ? '' : `; not used, since PGHOST is not set: ${unused.join(', ')}`;
  return `PostgreSQL ${describeDatabase(database)} (${inWords(provenance)}${left})`;
};
