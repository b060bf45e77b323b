/**
 * The configuration of Debezium's PostgreSQL connector. Settings that an exact replica depends on are fixed here, because
 * defaults may change. Each comment names the fault that its setting prevents.
 */
import { quotedTable } from '../identifiers.ts';

/** A connector's configuration in the form of Kafka Connect. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** How Kafka Connect reaches the database. */
export type ConnectorDatabase = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** As in libpq: disable, prefer, require, verify-ca or verify-full. */
  readonly sslmode?: string | undefined;
  /** The given ones of sslrootcert, sslcert, sslkey and sslpassword. Paths refer to Kafka Connect's machine. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A table of the source. */
export type TableName = { readonly schema: string; readonly table: string };

/** Options for the configuration of a new connector. */
export type ConnectorOptions = {
  readonly database: ConnectorDatabase;
  readonly topicPrefix: string;
  /** The tables to capture; the root stands for a partitioned table. */
  readonly tables: readonly TableName[];
  /** Captured tables without a primary key: their topics get one partition. */
  readonly withoutKey: readonly TableName[];
  /** Captured tables that other tables inherit from. */
  readonly parents: readonly TableName[];
  readonly slot: string;
  readonly publication: string;
  readonly plugin: string;
  readonly snapshotMode: string;
  /** Whether each message carries its schema beside the payload. */
  readonly schemas: boolean;
  /** Number of partitions of new topics. */
  readonly partitions: number;
  /** Milliseconds between heartbeats; 0 sends none. */
  readonly heartbeatMs: number;
};

/** The largest change event, 16 MiB. A single value in PostgreSQL may have 1 GiB. */
const maxMessageBytes = 16 * 1024 ** 2;

/** The configuration to send to Kafka Connect. It contains the password: do not print it. */
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
    // Debezium would publish every table that its patterns match. `create` publishes only the named tables.
    'publication.autocreate.mode': 'disabled',
    'snapshot.mode': options.snapshotMode,
    // A partition's changes arrive as changes of its root table.
    'publish.via.partition.root': 'true',
    // A parent's snapshot would include the rows of its children, and read them twice.
    ...(parents.length === 0 ? {} : snapshotOnly(parents)),
    // By default Debezium skips TRUNCATE, and the replica would keep every row.
    'skipped.operations': 'none',
    // Strings keep every digit, NaN and the exact interval. The defaults are bytes and microseconds.
    'decimal.handling.mode': 'string',
    'interval.handling.mode': 'string',
    // JSON has base64 in any mode. Modes base64 and hex write null for an unchanged bytea, or an array of it.
    'binary.handling.mode': 'bytes',
    // By default a value that Debezium cannot convert becomes null, with a warning in its log.
    'event.converting.failure.handling.mode': 'fail',
    // By default Debezium retries a permanent stream fault forever, in a RUNNING task. It does not count failed starts, so
    // a source that refuses connections is still awaited. Retries are ten seconds apart.
    'errors.max.retries': '20',
    // By default Debezium silently omits columns of types that it does not know.
    'include.unknown.datatypes': 'true',
    // Without the source types, hstore and JSON, bit and varbit, composite and bytea look the same in a message.
    'column.propagate.source.type': '.*',
    'tombstones.on.delete': 'true',
    'provide.transaction.metadata': 'false',
    'heartbeat.interval.ms': String(options.heartbeatMs),
    ...(options.heartbeatMs === 0 ? {} : heartbeatMessage),
    ...converters(options.schemas),
    // A wide row may exceed Kafka's default of 1 MiB, which stops the connector. REPLICA IDENTITY FULL doubles its size.
    'producer.override.max.request.size': String(maxMessageBytes),
    'topic.creation.default.max.message.bytes': String(maxMessageBytes),
    // Most brokers have auto.create.topics.enable off, so Kafka Connect creates the topics.
    'topic.creation.default.replication.factor': '-1',
    'topic.creation.default.partitions': String(options.partitions),
    ...(withoutKey.length === 0 ? {} : onePartition(withoutKey, options.topicPrefix)),
  };
}

/**
 * While the captured tables do not change, a slot does not advance, and the source keeps the WAL of all other writes.
 * Heartbeats alone do not advance it. A logical message in the WAL does, and it goes to no topic.
 */
const heartbeatMessage = {
  'heartbeat.action.query': "select pg_logical_emit_message(false, 'sluice_heartbeat', '')",
  'message.prefix.exclude.list': 'sluice_heartbeat',
};

/** The topic of a table's changes. Debezium writes `_` for characters that topic names do not allow. */
export const topicOf = (prefix: string, { schema, table }: TableName): string =>
  `${prefix}.${schema}.${table}`.replace(/[^a-zA-Z0-9._-]/g, '_');

/** `schema.table`, for messages. */
export const nameOf = ({ schema, table }: TableName): string => `${schema}.${table}`;

/** Splits `schema.table` at the first dot. */
export function tableOf(name: string): TableName {
  const dot = name.indexOf('.');
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** A Debezium list that matches exactly these tables. Lists are case-insensitive regular expressions without the flag. */
export const includeList = (names: readonly string[]): string =>
  names.map((name) => `(?-i)${escapePattern(name)}`).join(',');

/** Whether an include or exclude list matches the table or column of this name. */
export const isListed = (list: string, name: string): boolean =>
  list
    .split(/(?<!\\),/)
    .map((one) => one.trim())
    .some((one) => {
      const exact = one.replace(/^\(\?-i\)/, '');
      return new RegExp(`^(?:${exact})$`, exact === one ? 'i' : '').test(name);
    });

/** A regular expression that matches only this text. Also escapes commas, which separate the entries of Debezium's lists. */
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

/** Records without a key go to any partition, so only a single partition keeps their order. */
function onePartition(tables: readonly TableName[], prefix: string): Record<string, string> {
  return {
    'topic.creation.groups': 'withoutkey',
    'topic.creation.withoutkey.include': tables.map((name) => escapePattern(topicOf(prefix, name))).join(','),
    'topic.creation.withoutkey.partitions': '1',
    'topic.creation.withoutkey.max.message.bytes': String(maxMessageBytes),
    'topic.creation.withoutkey.replication.factor': '-1',
  };
}

function converters(schemas: boolean): Record<string, string> {
  return Object.fromEntries(
    ['key', 'value'].flatMap((part) => [
      [`${part}.converter`, 'org.apache.kafka.connect.json.JsonConverter'],
      [`${part}.converter.schemas.enable`, String(schemas)],
      // By default the converter replaces an explicit NULL by the column's default.
      [`${part}.converter.replace.null.with.default`, 'false'],
    ]),
  );
}
