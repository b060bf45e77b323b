/**
 * Chooses the servers of a command: flag, then environment, then configuration file, then the running local stack, then
 * localhost if no stack was ever started. Every command prints its servers and their origins, to prevent writes to a wrong
 * database.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SASLOptions } from 'kafkajs';
import type { KafkaCluster } from '../../adapters/kafka/client/client.ts';
import type { Database, NamedBy } from '../../engines/postgres/connection/connection.ts';
import { type AddressDefaults, addressOf } from '../../engines/postgres/connection/libpq/address.ts';
import { AddressError } from '../../engines/postgres/connection/libpq/address-error.ts';
import { namesServer, variablesSet } from '../../engines/postgres/connection/libpq/environment.ts';
import type { Settings } from '../../engines/postgres/connection/libpq/keywords.ts';
import { describeTarget, isMysql, type TargetDatabase } from '../../services/target.ts';
import { kafkaBootstrap } from '../../stack/kafka/server.ts';
import { isMysqlEndpoint } from '../config/endpoint.ts';
import { flagOrVariable } from '../options/named-by.ts';
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
/** The former options and variables that name only the database of `run`. */
export const enrichmentOptions = [
  'databaseUrl',
  'postgresHost',
  'postgresPort',
  'postgresDb',
  'postgresUser',
  'postgresPassword',
] as const;
export const postgresOptions = ['target', ...enrichmentOptions] as const;

/** Origin of an address. */
export type Provenance = Setting['origin'] | 'local stack' | 'default';

/** Returns true if an option, a variable or the file names the server. */
export const isNamed = (provenance: Provenance): provenance is Setting['origin'] =>
  provenance !== 'local stack' && provenance !== 'default';

/** A Kafka cluster and the origin of its address. */
export type ChosenKafka = KafkaCluster & { readonly provenance: Provenance };

/** A database and the origin of its address. */
export type ChosenDatabase = {
  readonly database: Database;
  readonly provenance: Provenance;
  /** PG* variables that are set but unused, because none of them names a server. */
  readonly unused: readonly string[];
};

const originOf = (context: Context, name: string): Setting['origin'] | undefined => {
  const origin = context.origins[name];
  return origin === undefined || origin === 'default' ? undefined : origin;
};

/** Origins by precedence, the strongest first. */
const layers: readonly Setting['origin'][] = ['flag', 'environment', 'file'];
const isAbove = (one: Setting['origin'], other: Setting['origin']): boolean =>
  layers.indexOf(one) < layers.indexOf(other);

/** Chooses the Kafka cluster. Throws `local_stack_stopped` if it would be that of a stopped local stack. */
export function chooseKafka(values: Values<(typeof kafkaOptions)[number]>, context: Context): ChosenKafka {
  const origin = originOf(context, 'bootstrapServers');
  if (values.bootstrapServers && origin) {
    return { brokers: values.bootstrapServers, ...security(values), provenance: origin };
  }
  const local = localServer('kafka');
  if (local) return { brokers: [kafkaBootstrap(local)], provenance: 'local stack' };
  return { brokers: ['localhost:9092'], provenance: 'default' };
}

/** Returns encryption and login for a named cluster; the local stack has neither. */
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
 * Chooses the database: a URL, a host, the PG* variables, the running local stack, or localhost, in this order. Flags
 * override the environment, and the environment overrides the configuration file. Missing parts of a URL or a host are
 * completed as psql does. Flags for port, database, user and password always replace their part; POSTGRES_* do so except
 * beside a URL of the environment.
 *
 * Throws UsageError for an unsupported address, `local_stack_stopped` if the database would be that of a stopped stack.
 */
export function chooseDatabase(
  values: Partial<Values<(typeof postgresOptions)[number]>>,
  context: Context,
  { defaults, pgNamesServer, named }: AddressOptions = enrichmentAddress,
): ChosenDatabase {
  const url = urlOf(values, context, named);
  const hostOrigin = originOf(context, 'postgresHost') ?? originOf(context, 'postgresPort');
  const parts = (origins: readonly Provenance[]): Settings => partsOf(values, context, origins);
  const placeOfPart = (part: LoginPart) => flagOrVariable(named[part], originOf(context, optionOf[part]), context.env);
  const chosen = (givenParts: Settings, provenance: Provenance, env = context.env) => ({
    database: completeAddress(givenParts, defaults, { ...context, env }, placeOfPart),
    provenance,
    unused: [],
  });
  if (url && !(hostOrigin && isAbove(hostOrigin, url.origin))) {
    const replacing = layers.filter((layer) => layer === 'flag' || isAbove(layer, url.origin));
    const replaces = (part: LoginPart) => replacing.some((layer) => originOf(context, optionOf[part]) === layer);
    const place = (part: LoginPart) => (replaces(part) ? placeOfPart(part) : url.place);
    const givenParts = { ...url.address, ...parts(replacing) };
    // Other commands read the file of the working folder too, but not a file named by `--config`.
    const provenance = url.origin === 'file' && context.origins.config === 'flag' ? 'flag' : url.origin;
    return {
      database: completeAddress(givenParts, { ...defaults, port: 5432 }, context, place),
      provenance,
      unused: [],
    };
  }
  const givenParts = parts(['flag', 'environment']);
  if (hostOrigin) return chosen({ host: 'localhost', ...givenParts }, hostOrigin);
  if (pgNamesServer && namesServer(context.env)) return chosen(givenParts, 'environment');
  const local = localServer('postgres');
  const unused = variablesSet(context.env);
  if (!local) return { ...chosen({ host: 'localhost', ...givenParts }, 'default', withoutPg(context.env)), unused };
  const { port, database, user, password } = local;
  return {
    provenance: 'local stack',
    unused,
    database: {
      host: '127.0.0.1',
      port,
      database: givenParts.dbname ?? database,
      user: givenParts.user ?? user,
      password: givenParts.password ?? password,
      namedBy: {
        database: givenParts.dbname && placeOfPart('database'),
        user: givenParts.user && placeOfPart('user'),
        password: givenParts.password && placeOfPart('password'),
      },
    },
  };
}

/** Returns the URL given by its present or its former option. Throws UsageError if both are given and differ. */
function urlOf(
  values: Partial<Values<'target' | 'databaseUrl'>>,
  context: Context,
  named: AddressOptions['named'],
): { readonly address: Settings; readonly origin: Setting['origin']; readonly place: string } | undefined {
  const candidates = (['target', 'databaseUrl'] as const).flatMap((name) => {
    const [address, origin] = [values[name], originOf(context, name)];
    const option = name === 'target' ? options.target : named.url;
    if (address === undefined || origin === undefined) return [];
    if (isMysqlEndpoint(address))
      throw new UsageError(`this command works with PostgreSQL, and the target is ${address.product}`);
    return [{ address, origin, place: context.settings?.[name]?.place ?? flagOrVariable(option, origin, context.env) }];
  });
  const [first, second] = candidates;
  if (first === undefined || second === undefined) return first;
  if (first.origin !== second.origin) return isAbove(first.origin, second.origin) ? first : second;
  if (!isDeepStrictEqual(first.address, second.address)) throw disagreement(first.place, second.place);
  return first;
}

/** Defaults of an address, whether PG* variables alone may name its server, and the options that messages name. */
export type AddressOptions = {
  readonly defaults: AddressDefaults;
  readonly pgNamesServer: boolean;
  readonly named: { readonly [part in LoginPart | 'url']: Option };
};

type LoginPart = keyof NamedBy;

const optionOf = { user: 'postgresUser', password: 'postgresPassword', database: 'postgresDb' } as const;

const enrichmentAddress: AddressOptions = {
  defaults: { port: 5432, database: options.postgresDb.default, user: options.postgresUser.default },
  pgNamesServer: true,
  named: {
    url: options.databaseUrl,
    user: options.postgresUser,
    password: options.postgresPassword,
    database: options.postgresDb,
  },
};

/** Returns the parts of the address that options of the given origins set. */
function partsOf(
  values: Partial<Values<(typeof postgresOptions)[number]>>,
  context: Context,
  origins: readonly Provenance[],
): Settings {
  const byKeyword = {
    host: ['postgresHost', values.postgresHost],
    port: ['postgresPort', values.postgresPort],
    dbname: ['postgresDb', values.postgresDb],
    user: ['postgresUser', values.postgresUser],
    password: ['postgresPassword', values.postgresPassword],
  } as const;
  return Object.fromEntries(
    Object.entries(byKeyword).flatMap(([keyword, [option, value]]) => {
      const origin = originOf(context, option);
      return origin !== undefined && origins.includes(origin) && value !== undefined ? [[keyword, String(value)]] : [];
    }),
  );
}

/**
 * Completes an address as libpq does, and prints warnings about ignored settings. Throws UsageError for unsupported ones.
 * @param place the option that set a part, or that would set it
 */
export function completeAddress(
  givenParts: Settings,
  defaults: AddressDefaults,
  context: Context,
  place: (part: LoginPart) => string | undefined,
): Database {
  try {
    const { database, warnings, completedBy } = addressOf(givenParts, defaults, context.env);
    for (const warning of warnings) context.printError(`warning: ${warning}`);
    const [user, password, name] = (['user', 'password', 'database'] as const).map((p) => completedBy[p] ?? place(p));
    return { ...database, namedBy: { user, password, database: name } };
  } catch (error) {
    if (error instanceof AddressError) throw new UsageError(`PostgreSQL address: ${error.message}`);
    throw error;
  }
}

/** Removes PG* variables: if they name no server, they must not complete an address from another origin. */
const withoutPg = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG')));

/** Describes the cluster in one line. */
export const describeKafka = ({ brokers, provenance }: ChosenKafka): string =>
  `Kafka ${brokers.join(', ')} (${describeProvenance(provenance)})`;

/** Describes the origin of an address. */
export const describeProvenance = (provenance: Provenance): string =>
  provenance === 'file' ? 'configuration file' : provenance;

/** A target of any product, and the origin of its address. */
export type ChosenTarget = Omit<ChosenDatabase, 'database'> & { readonly database: TargetDatabase };

/** Describes the database in one line, without the password. */
export const describeChosenDatabase = ({ database, provenance, unused }: ChosenTarget): string => {
  const left = unused.length === 0 ? '' : `; not used, since PGHOST is not set: ${unused.join(', ')}`;
  return `${isMysql(database) ? database.product : 'PostgreSQL'} ${describeTarget(database)} (${describeProvenance(provenance)}${left})`;
};
