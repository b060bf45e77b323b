/** Chooses the target PostgreSQL of a replication, like any database but by its own options and variables. */
import { databaseNames } from '../config/database-names.ts';
import { isMysqlEndpoint } from '../config/endpoint.ts';
import { mysqlFromVariables } from '../config/mysql-variables.ts';
import { options, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import {
  type AddressOptions,
  type ChosenDatabase,
  type ChosenTarget,
  chooseDatabase,
  type postgresOptions,
} from './servers.ts';

/** The former options and variables that name only the target of `replicate`. */
export const replicaOptions = [
  'targetUrl',
  'targetHost',
  'targetPort',
  'targetDb',
  'targetUser',
  'targetPassword',
] as const;

/** All options that name the target. */
export const targetOptions = ['target', ...replicaOptions] as const;

/** Chooses the database to replicate into: `--target-db`, then MYSQL_HOST if no other option names a target, then PostgreSQL. */
export function chooseAnyTarget(values: Values<(typeof targetOptions)[number]>, context: Context): ChosenTarget {
  const mysql = mysqlTarget(values, context);
  if (mysql !== undefined) return mysql;
  // The variables of `stack env` name both products; PostgreSQL then stays the target.
  const isNamed =
    targetOptions.some((name) => (context.origins[name] ?? 'default') !== 'default') ||
    [...databaseNames.enrichment.formerUrl, ...databaseNames.enrichment.host].some((name) => context.env[name]);
  const database = isNamed ? undefined : mysqlFromVariables(context.env);
  return database === undefined ? chooseTarget(values, context) : { database, provenance: 'environment', unused: [] };
}

/** The MySQL or MariaDB that `--target-db` names; undefined if it names none. */
function mysqlTarget({ target }: Values<'target'>, { origins }: Context): ChosenTarget | undefined {
  if (target === undefined || !isMysqlEndpoint(target)) return undefined;
  return { database: target, provenance: origins.target ?? 'default', unused: [] };
}

/** Chooses the database that is queried: the MySQL or MariaDB of `--target-db`, else as `chooseDatabase`. */
export const chooseAnyDatabase = (values: Values<(typeof postgresOptions)[number]>, context: Context): ChosenTarget =>
  mysqlTarget(values, context) ?? chooseDatabase(values, context);

/** Chooses the PostgreSQL to replicate into. */
export function chooseTarget(values: Values<(typeof targetOptions)[number]>, context: Context): ChosenDatabase {
  const { origins, settings = {} } = context;
  const named = {
    target: values.target,
    databaseUrl: values.targetUrl,
    postgresHost: values.targetHost,
    postgresPort: values.targetPort,
    postgresDb: values.targetDb,
    postgresUser: values.targetUser,
    postgresPassword: values.targetPassword,
  };
  const renamed = {
    ...context,
    origins: {
      ...origins,
      databaseUrl: origins.targetUrl ?? 'default',
      postgresHost: origins.targetHost ?? 'default',
      postgresPort: origins.targetPort ?? 'default',
      postgresDb: origins.targetDb ?? 'default',
      postgresUser: origins.targetUser ?? 'default',
      postgresPassword: origins.targetPassword ?? 'default',
    },
    settings: Object.fromEntries(
      Object.entries({ target: settings.target, databaseUrl: settings.targetUrl }).flatMap(([name, one]) =>
        one === undefined ? [] : [[name, one]],
      ),
    ),
  };
  return chooseDatabase(named, renamed, replicaAddress);
}

/** PG* variables complete an address but do not name the server, because a replication has two servers. */
const replicaAddress: AddressOptions = {
  defaults: {
    port: Number(options.targetPort.default),
    database: options.targetDb.default,
    user: options.targetUser.default,
  },
  pgNamesServer: false,
  named: {
    url: options.targetUrl,
    user: options.targetUser,
    password: options.targetPassword,
    database: options.targetDb,
  },
};
