/**
 * The configuration of Debezium's connector for PostgreSQL. What decides whether a replica can be exact is fixed here,
 * not left to defaults: each setting says what would go wrong without it.
 */
import { quotedTable } from '../identifiers.ts';

/** A connector's configuration, as Kafka Connect takes and keeps it. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** How Kafka Connect reaches the database. */
export type ConnectorDatabase = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** libpq's word: disable, prefer, require, verify-ca or verify-full. */
  readonly sslmode?: string | undefined;
  /** Of sslrootcert, sslcert, sslkey and sslpassword those that were named; the paths are those of Kafka Connect's machine. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A table of the source. */
export type TableName = { readonly schema: string; readonly table: string };

/** What a connector shall do. */
export type ConnectorOptions = {
  readonly database: ConnectorDatabase;
  readonly topicPrefix: string;
  /** The tables to capture, by their own names; partitioned tables by their root. */
  readonly tables: readonly TableName[];
  /** Those without a primary key: their topics get one partition. */
  readonly withoutKey: readonly TableName[];
  /** Those that other tables inherit from. */
  readonly parents: readonly TableName[];
  readonly slot: string;
  readonly publication: string;
  readonly plugin: string;
  readonly snapshotMode: string;
  /** Whether each message carries its schema beside the payload. */
  readonly schemas: boolean;
  /** Partitions of topics that have to be created. */
  readonly partitions: number;
  /** Milliseconds between heartbeats; 0 sends none. */
  readonly heartbeatMs: number;
};

/** Most bytes of one change; a value in PostgreSQL may have 1 GiB. */
const largestMessage = 16 * 1024 ** 2;

/** The configuration as Kafka Connect takes it. The password is in it: it is for Kafka Connect, not for people. */
export function connectorConfig(options: ConnectorOptions): Record<string, string> {
  const { database, parents, withoutKey } = options;
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.dbname': database.database,
    ...(database.sslmode === undefined ? {} : { 'database.sslmode': database.sslmode }),
    ...Object.fromEntries(Object.entries(database.files ?? {}).map(([name, value]) => [`database.${name}`, value])),
    'topic.prefix': options.topicPrefix,
    'table.include.list': includeList(options.tables.map(nameOf)),
    'plugin.name': options.plugin,
    'slot.name': options.slot,
    'publication.name': options.publication,
    // Debezium would publish whatever its patterns match; `create` makes the publication, of the named tables alone.
    'publication.autocreate.mode': 'disabled',
    'snapshot.mode': options.snapshotMode,
    // Changes of a partition come as changes of the table that it belongs to.
    'publish.via.partition.root': 'true',
    // A child's rows are rows of the parent, too, so a snapshot of the parent would read them a second time.
    ...(parents.length === 0 ? {} : snapshotOnly(parents)),
    // TRUNCATE is left out by default, and the replica would keep every row.
    'skipped.operations': 'none',
    // Texts keep every digit, NaN and the exact interval; the defaults are bytes and a number of microseconds.
    'decimal.handling.mode': 'string',
    'interval.handling.mode': 'string',
    // Base64 in JSON all the same. Modes base64 and hex write null for a bytea, or an array of it, that did not change.
    'binary.handling.mode': 'bytes',
    // A value that Debezium cannot convert becomes null by default, with a warning in its log.
    'event.converting.failure.handling.mode': 'fail',
    // A fault of the stream that comes back with every attempt would be tried for ever, in a task that is RUNNING. A source
    // that does not let anybody in is waited for all the same: Debezium does not count failed starts. Ten seconds each.
    'errors.max.retries': '20',
    // Columns of types that Debezium does not know are silently left out by default.
    'include.unknown.datatypes': 'true',
    // Without it hstore and JSON, bit and varbit, composite and bytea look the same in a message.
    'column.propagate.source.type': '.*',
    'tombstones.on.delete': 'true',
    'provide.transaction.metadata': 'false',
    'heartbeat.interval.ms': String(options.heartbeatMs),
    ...(options.heartbeatMs === 0 ? {} : heartbeatMessage),
    ...converters(options.schemas),
    // A wide row, twice when whole rows are the identity, exceeds Kafka's megabyte, and that would end the connector.
    'producer.override.max.request.size': String(largestMessage),
    'topic.creation.default.max.message.bytes': String(largestMessage),
    // Brokers that do not create topics by themselves are the rule, and then Kafka Connect has to.
    'topic.creation.default.replication.factor': '-1',
    'topic.creation.default.partitions': String(options.partitions),
    ...(withoutKey.length === 0 ? {} : onePartition(withoutKey, options.topicPrefix)),
  };
}

/**
 * While the captured tables are at rest a slot stays where it is, whatever else is written, and the source keeps all that
 * WAL: heartbeats alone do not move it. A message in the WAL does; it goes to no topic.
 */
const heartbeatMessage = {
  'heartbeat.action.query': "select pg_logical_emit_message(false, 'sluice_heartbeat', '')",
  'message.prefix.exclude.list': 'sluice_heartbeat',
};

/** The topic that a table's changes go to. Debezium writes `_` for what a topic's name may not hold. */
export const topicOf = (prefix: string, { schema, table }: TableName): string =>
  `${prefix}.${schema}.${table}`.replace(/[^a-zA-Z0-9._-]/g, '_');

/** `schema.table`, for messages. */
export const nameOf = ({ schema, table }: TableName): string => `${schema}.${table}`;

/** The table of such a name: the first dot ends the schema. */
export function tableOf(name: string): TableName {
  const dot = name.indexOf('.');
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** Tables by their own names. Lists are regular expressions; without the flag `users` would take `Users` along. */
export const includeList = (names: readonly string[]): string =>
  names.map((name) => `(?-i)${escapePattern(name)}`).join(',');

/** Whether an include or exclude list takes the table or column of this name. */
export const isListed = (list: string, name: string): boolean =>
  list
    .split(/(?<!\\),/)
    .map((one) => one.trim())
    .some((one) => {
      const exact = one.replace(/^\(\?-i\)/, '');
      return new RegExp(`^(?:${exact})$`, exact === one ? 'i' : '').test(name);
    });

/** A text as a regular expression that matches it alone; in Debezium's lists a comma would end it. */
export const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|,]/g, '\\$&');

function snapshotOnly(parents: readonly TableName[]): Record<string, string> {
  const list = 'snapshot.select.statement.overrides';
  return {
    [list]: parents.map(nameOf).join(','),
    ...Object.fromEntries(
      parents.map((name) => [
        `${list}.${nameOf(name)}`,
        `select * from only ${quotedTable({ schema: name.schema, name: name.table })}`,
      ]),
    ),
  };
}

/** Without a key records go to any partition, and their order is lost as soon as there are two. */
function onePartition(tables: readonly TableName[], prefix: string): Record<string, string> {
  return {
    'topic.creation.groups': 'withoutkey',
    'topic.creation.withoutkey.include': tables.map((name) => escapePattern(topicOf(prefix, name))).join(','),
    'topic.creation.withoutkey.partitions': '1',
    'topic.creation.withoutkey.max.message.bytes': String(largestMessage),
    'topic.creation.withoutkey.replication.factor': '-1',
  };
}

function converters(schemas: boolean): Record<string, string> {
  return Object.fromEntries(
    ['key', 'value'].flatMap((part) => [
      [`${part}.converter`, 'org.apache.kafka.connect.json.JsonConverter'],
      [`${part}.converter.schemas.enable`, String(schemas)],
      // By default a NULL in a column with a default becomes that default: an explicit NULL would be lost.
      [`${part}.converter.replace.null.with.default`, 'false'],
    ]),
  );
}
