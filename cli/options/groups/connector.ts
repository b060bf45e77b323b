/** Options for the connector of Debezium, and for the local stack. */
import { acceptableChecks } from '../../../engines/postgres/capture/source-check/finding.ts';
import type { Options } from '../option.ts';
import { decimal, httpUrl, integer, oneOf, severalOf, text, topic } from '../parse.ts';

/** Connector. */
export const connector = {
  connectUrl: {
    kind: 'value',
    flag: 'connect-url',
    value: '<url>',
    env: ['KAFKA_CONNECT_URL', 'DEBEZIUM_CONNECT_URL'],
    description: 'Kafka Connect; without it the running local stack, else http://localhost:8083',
    parse: httpUrl,
  },
  connectorName: {
    kind: 'value',
    flag: 'name',
    value: '<name>',
    default: 'source-connector',
    description: 'name of the connector',
    parse: text,
  },
  tables: {
    kind: 'value',
    flag: 'tables',
    value: '<schema.table,...>',
    default: 'public.*',
    description: 'tables to capture, * matches any name; name the root of a partitioned table',
    parse: text,
  },
  topicPrefix: {
    kind: 'value',
    flag: 'topic-prefix',
    value: '<name>',
    default: 'cdc',
    description: 'prefix of the topics: changes of public.users go to <prefix>.public.users',
    parse: topic,
  },
  snapshotMode: {
    kind: 'value',
    flag: 'snapshot-mode',
    value: '<mode>',
    default: 'initial',
    description: 'which existing rows are read first: initial, initial_only, when_needed, no_data or always',
    parse: oneOf('initial', 'initial_only', 'when_needed', 'no_data', 'always'),
  },
  schemas: {
    kind: 'value',
    flag: 'schemas',
    value: '<on|off>',
    default: 'on',
    description: 'whether every message contains its schema',
    parse: oneOf('on', 'off'),
  },
  heartbeat: {
    kind: 'value',
    flag: 'heartbeat',
    value: '<seconds>',
    default: '10',
    description: 'interval between heartbeats of the connector; 0 disables them',
    parse: decimal(0),
  },
  insertOnlyTables: {
    kind: 'switch',
    flag: 'insert-only-tables',
    description: 'also capture tables without a replica identity; the source then refuses UPDATE and DELETE on them',
  },
  notePartitions: {
    kind: 'value',
    flag: 'note-partitions',
    value: '<schema.partition,...>',
    description:
      'partitions that were dropped, detached, attached or emptied at the source, after the replica was corrected by hand',
    parse: (value: string): readonly string[] => value.split(',').map((name) => name.trim()),
  },
  accept: {
    kind: 'value',
    flag: 'accept',
    value: '<check,...>',
    description: 'checks to overrule, by the code in brackets of a refusal; the copy may then differ from the source',
    parse: severalOf(...acceptableChecks),
  },
  settings: {
    kind: 'value',
    flag: 'settings',
    value: '<file>',
    description: 'JSON file with extra connector settings; overrides the defaults',
    parse: text,
  },
} as const satisfies Options;

/** Local stack. */
export const localStack = {
  with: {
    kind: 'value',
    flag: 'with',
    value: '<connect,mariadb>',
    description:
      'connect: also start Kafka Connect with Debezium, and a second PostgreSQL to replicate from; mariadb: also start MariaDB (Linux on x64)',
    parse: severalOf('connect', 'mariadb'),
  },
  noSample: {
    kind: 'switch',
    flag: 'no-sample',
    description: 'leave the source empty; without it an empty source gets the sample tables of data/sample_source.sql',
  },
  stackKafkaPort: {
    kind: 'value',
    flag: 'kafka-port',
    value: '<port>',
    description: 'port for Kafka; by default 9092 or the next free port',
    parse: integer(1, 65535),
  },
  stackPostgresPort: {
    kind: 'value',
    flag: 'postgres-port',
    value: '<port>',
    description: 'port for PostgreSQL; by default 5432 or the next free port',
    parse: integer(1, 65535),
  },
  connectPort: {
    kind: 'value',
    flag: 'connect-port',
    value: '<port>',
    description: 'port for Kafka Connect; by default 8083 or the next free port',
    parse: integer(1, 65535),
  },
  mariadbPort: {
    kind: 'value',
    flag: 'mariadb-port',
    value: '<port>',
    description: 'port for MariaDB; by default 3306 or the next free port',
    parse: integer(1, 65535),
  },
} as const satisfies Options;
