/** Options for the target and the source database. */
import { databaseNames } from '../../config/database-names.ts';
import { anyEndpoint, endpoint } from '../../config/endpoint.ts';
import type { Options } from '../option.ts';
import { hosts, integer, slotName, text } from '../parse.ts';

const { source, target, enrichment, replica } = databaseNames;

/** Replacement of the former flags for single parts of the target's URL. */
const partOfTarget = { flag: 'target-db' } as const;

/** Target database. */
export const targetDatabase = {
  target: {
    kind: 'value',
    flag: 'target-db',
    value: '<url>',
    env: target.url,
    description:
      'database to write into: postgresql://user:password@host:port/database (mysql:// or mariadb:// for a replica), or file:PATH of a file with this URL; without it POSTGRES_* (of a replica TARGET_DB_*), then the running local stack',
    parse: anyEndpoint,
  },
  databaseUrl: {
    kind: 'value',
    flag: 'database-url',
    value: '<url>',
    env: enrichment.formerUrl,
    replacedBy: { flag: 'target-db', env: 'TARGET_DB_URL' },
    description: 'database to write into, as one URL',
    parse: endpoint,
  },
  postgresHost: {
    kind: 'value',
    flag: 'postgres-host',
    value: '<host>',
    env: enrichment.host,
    replacedBy: partOfTarget,
    description: 'host of the target',
    parse: text,
  },
  postgresPort: {
    kind: 'value',
    flag: 'postgres-port',
    value: '<port>',
    env: enrichment.port,
    replacedBy: partOfTarget,
    description: 'port of the target',
    parse: integer(1, 65535),
  },
  postgresDb: {
    kind: 'value',
    flag: 'postgres-db',
    value: '<name>',
    env: enrichment.database,
    replacedBy: partOfTarget,
    mustAgree: true,
    default: 'migration_db',
    description: 'database of the target',
    parse: text,
  },
  postgresUser: {
    kind: 'value',
    flag: 'postgres-user',
    value: '<name>',
    env: enrichment.user,
    replacedBy: partOfTarget,
    default: 'postgres',
    description: 'user of the target',
    parse: text,
  },
  postgresPassword: {
    kind: 'value',
    flag: 'postgres-password',
    value: '<password>',
    env: enrichment.password,
    replacedBy: partOfTarget,
    description: 'password of the target',
    parse: (value: string) => value,
  },
  targetUrl: {
    kind: 'value',
    flag: 'target-url',
    value: '<url>',
    env: replica.formerUrl,
    replacedBy: { flag: 'target-db', env: 'TARGET_DB_URL' },
    description: 'database to replicate into, as one URL',
    parse: endpoint,
  },
  targetHost: {
    kind: 'value',
    flag: 'target-host',
    value: '<host>',
    env: replica.host,
    replacedBy: partOfTarget,
    description: 'host of the replica',
    parse: text,
  },
  targetPort: {
    kind: 'value',
    flag: 'target-port',
    value: '<port>',
    env: replica.port,
    replacedBy: partOfTarget,
    default: '5433',
    description: 'port of the replica',
    parse: integer(1, 65535),
  },
  targetDb: {
    kind: 'value',
    flag: 'target-name',
    value: '<name>',
    env: replica.database,
    replacedBy: partOfTarget,
    default: 'targetdb',
    description: 'database of the replica; as a flag it was --target-db NAME',
    parse: text,
  },
  targetUser: {
    kind: 'value',
    flag: 'target-user',
    value: '<name>',
    env: replica.user,
    replacedBy: partOfTarget,
    default: 'migration',
    description: 'user of the replica',
    parse: text,
  },
  targetPassword: {
    kind: 'value',
    flag: 'target-password',
    value: '<password>',
    env: replica.password,
    replacedBy: partOfTarget,
    description: 'password of the replica',
    parse: (value: string) => value,
  },
} as const satisfies Options;

/** Source database. */
export const sourceDatabase = {
  sourceUrl: {
    kind: 'value',
    flag: 'source-db',
    value: '<url>',
    env: source.url,
    former: { flags: ['source-url'], env: source.formerUrl },
    mustAgree: true,
    description:
      'database to replicate from: postgresql://user:password@host:port/database, or file:PATH of a file with this URL; without it the source of the running local stack',
    parse: endpoint,
  },
  sourceAddress: {
    kind: 'value',
    flag: 'source-address',
    value: '<host:port>',
    description: 'address of the source for Kafka Connect, if it differs from --source-db',
    parse: hosts,
  },
  slot: {
    kind: 'value',
    flag: 'slot',
    value: '<name>',
    default: 'debezium_slot',
    description: 'replication slot in the source',
    parse: slotName,
  },
  publication: {
    kind: 'value',
    flag: 'publication',
    value: '<name>',
    default: 'dbz_publication',
    description: 'publication in the source; it is created with the captured tables',
    parse: text,
  },
  dropSlot: {
    kind: 'switch',
    flag: 'drop-slot',
    description: 'also drop the replication slot and the publication in the source',
  },
} as const satisfies Options;
