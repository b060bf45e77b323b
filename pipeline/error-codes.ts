/**
 * All error codes of Sluice: their meaning, advice, and effect on a command. `npm run docs` generates
 * `docs/reference/error-codes.md` from them. Adapters and engines classify the codes of their servers.
 */

/** What to do about an error: park the record, retry, or stop and ask a person. */
export type Reaction = 'park' | 'retry' | 'stop';

/** How an error ends a command. The command line has an exit code for each kind (promise 9). */
export type FailureKind =
  | 'failure'
  | 'usage'
  /** Too many records parked, or counters that do not balance. */
  | 'counters'
  | 'unreachable'
  | 'stalled';

type Described = {
  readonly meaning: string;
  /** General advice. The error itself has the advice for its case. */
  readonly advice: string;
  /** `stop` by default. */
  readonly reaction?: Reaction;
  /** `failure` by default. */
  readonly kind?: FailureKind;
};

const fixOrAccept = 'Run the printed statement at the source, or accept the risk with the option `accept`.';

/** The errors, ordered by code. Advice names options by their names in the configuration file, which are those of the flags. */
export const errorCodes = {
  access_refused: { meaning: 'The source does not let Kafka Connect in.', advice: 'Add a line for it to pg_hba.conf.' },
  array_elements: {
    meaning: 'An array holds elements that Debezium cannot carry.',
    advice: fixOrAccept,
  },
  array_shape: {
    meaning: 'An array has several dimensions or other bounds than 1.',
    advice: fixOrAccept,
  },
  batch_too_large: {
    meaning: 'A batch holds more than 524,288 records, or more than 128 MiB when decompressed.',
    advice:
      'Lower `batch.size` of the producer; a batch that is already in the log must be removed there; [decision 5](../decisions/0005-codecs.md) explains the limit.',
  },
  bit_varying: {
    meaning: 'A column of type bit varying holds values shorter than its limit.',
    advice: fixOrAccept,
  },
  books_open: {
    meaning: "The demo's sample was not durable after 60 s.",
    advice: '`npx sluice status` gives the reason.',
    kind: 'counters',
  },
  breaker: {
    meaning: 'More than the share of the option `breaker` of the last 1,000 records were parked.',
    advice: 'Group `sluice.dead_letter` by `code`; fix the cause, or continue with `breaker` off.',
    kind: 'counters',
  },
  changes_missed: {
    meaning: 'A table was changed while it was not captured.',
    advice: 'Take a new copy, as the message says.',
  },
  check_too_long: {
    meaning: 'A constraint could not be checked in time.',
    advice: 'Check it by hand with the printed query.',
  },
  column_not_sent: {
    meaning: 'Debezium sends nothing for a column of this type.',
    advice: fixOrAccept,
  },
  column_taken: {
    meaning: 'A function of your own, or its column, cannot be used.',
    advice: 'The message names file and column; [Your own functions](../guides/own-functions.md#when-a-file-changes).',
  },
  columns_differ_in_case: {
    meaning: 'Two columns differ only in case.',
    advice: fixOrAccept,
  },
  columns_missing: {
    meaning: 'A table of the target lacks columns of the source.',
    advice: 'Add them; for MySQL `npx sluice schema plan` shows their types.',
  },
  connect_login: { meaning: 'Kafka Connect refuses the login.', advice: 'Put user and password into `connect-url`.' },
  connect_unreachable: {
    meaning: 'Kafka Connect does not answer.',
    advice: 'Check `connect-url`, and whether Kafka Connect is up.',
    kind: 'unreachable',
  },
  connector_exists: {
    meaning: 'Another connector has the name that Sluice needs.',
    advice: 'Give the other connector another name.',
  },
  connector_failed: {
    meaning: 'A connector or one of its tasks has failed.',
    advice: 'The message of Debezium names the cause; then restart the connector.',
  },
  connector_missing: {
    meaning: 'Kafka Connect has no connector of this name.',
    advice: '`npx sluice connector list` shows those that exist.',
  },
  connector_not_running: { meaning: 'The connector is not running.', advice: 'Resume or restart it.', kind: 'stalled' },
  connector_stalled: {
    meaning: 'A connector did not start or stop in time.',
    advice: 'Read the log of Kafka Connect, and try again.',
    kind: 'stalled',
  },
  constraints_broken: {
    meaning: 'Constraints of the replica do not hold.',
    advice: 'Look for parked records; constraints are enabled again once their rows exist.',
  },
  constraints_in_the_way: {
    meaning: 'Foreign keys and triggers cannot be switched off.',
    advice: 'Use the owner of the tables, or grant the right.',
  },
  conversion_failed: {
    meaning: 'Debezium cannot convert a value of the source.',
    advice: 'The message says which column, and how to leave it out.',
  },
  corrupt_batch: {
    meaning: 'A batch cannot be decompressed, or its bytes are not the records it claims to hold.',
    advice:
      'Read the partition from the checkpoint on with `kafka-console-consumer`: if that fails too, the log is damaged.',
  },
  database_missing: {
    meaning: 'The source does not have the database.',
    advice: 'Check the database in the address of the source.',
  },
  database_not_utf8: { meaning: 'The database would refuse or change characters.', advice: 'Create a UTF8 database.' },
  dates_out_of_range: {
    meaning: 'A date or time lies outside of the range that Debezium carries.',
    advice: fixOrAccept,
  },
  definition_differs: {
    meaning:
      'A table of the replica does not accept its next change, because its source was altered. Its changes wait; other tables continue.',
    advice:
      'Run the statement of the message at the target: [Replication](../guides/replication.md#when-a-definition-changes-at-the-source).',
  },
  deletes_mismatch: {
    meaning: 'The table was started with the other value of `deletes`.',
    advice: 'Start with the value of its first start, or write to an empty database.',
  },
  enum_without_labels: {
    meaning: 'A domain over an enum is sent without its labels.',
    advice: fixOrAccept,
  },
  foreign_key_orphans: {
    meaning: 'Rows of the target have no parent, so a foreign key was not added.',
    advice: 'Compare the named rows with the source, correct the target, and run the same command again.',
  },
  generated_identity: {
    meaning: 'The replica identity contains a generated column.',
    advice: fixOrAccept,
  },
  generated_key: {
    meaning: 'The primary key contains a generated column.',
    advice: fixOrAccept,
  },
  identity_other_index: {
    meaning: 'The replica identity is another index than the primary key.',
    advice: fixOrAccept,
  },
  identity_without_key: {
    meaning: 'The replica identity of a table without a primary key is an index.',
    advice: fixOrAccept,
  },
  infinite_interval: {
    meaning: 'An interval is infinite.',
    advice: fixOrAccept,
  },
  kafka_unreachable: {
    meaning: 'No broker answered within 30 s, or within the time of the option `wait`.',
    advice: 'Check `KAFKA_BOOTSTRAP_SERVERS`; brokers must also be reachable under the names that they advertise.',
    kind: 'unreachable',
  },
  keyless_partitions: {
    meaning: 'A table without a key has a topic of several partitions.',
    advice: 'Give it a primary key, or capture it into a topic of one partition.',
  },
  load_running: {
    meaning: 'Another load writes to this database.',
    advice: 'Wait for it, or end it.',
  },
  loaded_rows_missing: {
    meaning: 'A table is empty although rows of it were loaded before.',
    advice: 'The message has the statement that lets it be loaded again.',
  },
  local_stack_stopped: {
    meaning: 'The local stack of this checkout, or the server of it that the command needs, is stopped.',
    advice: '`npx sluice stack up`; or name the server that you mean.',
    kind: 'unreachable',
  },
  login_ruled_out: {
    meaning: 'The server asks for a login that `require_auth` or `channel_binding` rules out.',
    advice: 'Change the address, or `pg_hba.conf`; no password was sent.',
  },
  lost_position: {
    meaning: 'Records were removed before they were read, the topic was recreated, or a file was replaced.',
    advice:
      '[When the position is lost](../operate/lost-position.md): load the missing data, then continue with `on-lost-position` set to `earliest` or `latest`, or `npx sluice reset` to any other place.',
  },
  malformed_file: {
    meaning: 'A file is neither JSON lines nor one JSON array, nor CSV where the option `map` says so.',
    advice: 'The message names the byte and the kind of file, the next line the command that makes it readable.',
  },
  map_invalid: {
    meaning: 'The file of the option `map` is not valid.',
    advice: 'The message names the place; [The map file](map-file.md).',
    kind: 'usage',
  },
  map_mismatch: {
    meaning: 'A CSV file lacks a column that the map reads, or that every event needs.',
    advice: 'Correct the name in the map; the next line lists the columns.',
    kind: 'usage',
  },
  message_too_large: {
    meaning: 'A change event is larger than Kafka takes.',
    advice: 'Raise producer.override.max.request.size and max.message.bytes.',
  },
  migration_changed: {
    meaning: 'The schema differs from that of the released migrations.',
    advice: 'The message names the difference; [Upgrading](../operate/upgrading.md).',
  },
  migration_foreign: {
    meaning: 'The schema differs from that of the released migrations.',
    advice: 'The message names the difference; [Upgrading](../operate/upgrading.md).',
  },
  migration_unrecorded: {
    meaning: '`sluice.schema_version` lacks a migration that was applied.',
    advice: 'The message has the statement that restores its row.',
  },
  missing_file: {
    meaning: 'The file does not exist, it is a folder, or this user may not read it.',
    advice: 'Check the path.',
  },
  missing_table: {
    meaning: '`npx sluice backfill` found no users_enriched.',
    advice: 'Name the right database; `npx sluice run` creates the table.',
  },
  missing_topic: {
    meaning: 'The topic does not exist.',
    advice:
      'Check its name against those in the message; the option `create-topic` or `npx sluice simulate` creates it.',
  },
  mysql_unreachable: {
    meaning: 'No MySQL or MariaDB answered within 30 s, or within the time of the option `wait`.',
    advice: 'Check host and port, and whether the server is up.',
    kind: 'unreachable',
  },
  no_checkpoint: {
    meaning: '`reset` of a pipeline that has not read any of these topics.',
    advice: '`npx sluice pipelines list` shows the pipelines; is `group-id` right?',
  },
  no_replica_identity: {
    meaning: 'A table has no replica identity, so that its source refuses UPDATE and DELETE.',
    advice: fixOrAccept,
  },
  no_such_server: {
    meaning: 'None of the hosts is of the kind that `target_session_attrs` requires.',
    advice: 'Add hosts, separated by commas.',
    reaction: 'retry',
    kind: 'unreachable',
  },
  not_a_file: {
    meaning: 'The file does not exist, it is a folder, or this user may not read it.',
    advice: 'Check the path.',
  },
  not_drained: {
    meaning: 'A stop could not write the records already taken within 20 s.',
    advice: 'Nothing is lost; they are read again.',
    kind: 'unreachable',
  },
  offset_out_of_range: {
    meaning: 'A reset to an offset that the log or the file does not have.',
    advice: 'The message says where it begins and ends.',
    kind: 'usage',
  },
  order_mismatch: {
    meaning: 'The table is ordered by another field.',
    advice: 'Start with the `format` and `order-by` of its first start.',
  },
  own_column_type: {
    meaning: 'A function of your own, or its column, cannot be used.',
    advice: 'The message names file and column; [Your own functions](../guides/own-functions.md#when-a-file-changes).',
  },
  own_function: {
    meaning: 'A function of your own, or its column, cannot be used.',
    advice: 'The message names file and column; [Your own functions](../guides/own-functions.md#when-a-file-changes).',
  },
  partition_out_of_range: {
    meaning: 'A topic does not have a partition of this number.',
    advice: 'Partitions count from 0.',
    kind: 'usage',
  },
  pipeline_running: {
    meaning: '`reset` or `pipelines remove` while processes of the pipeline run.',
    advice: 'Stop them: Ctrl-C or SIGTERM; a process that was killed leaves its group after 10 s.',
  },
  plugin_missing: {
    meaning: 'Kafka Connect does not have the plugin of the connector.',
    advice: 'Put it into plugin.path and restart Kafka Connect.',
  },
  postgres_unreachable: {
    meaning: 'No server answered within 30 s, or within the time of the option `wait`.',
    advice: 'Check host and port; `npx sluice stack up` starts a local one.',
    kind: 'unreachable',
  },
  publication_all: {
    meaning: 'The publication is FOR ALL TABLES and cannot be narrowed.',
    advice: 'Choose another `publication`.',
  },
  publication_columns: {
    meaning: 'The publication leaves columns out.',
    advice: fixOrAccept,
  },
  publication_operations: {
    meaning: 'The publication does not send every kind of change.',
    advice: fixOrAccept,
  },
  publication_partitions: {
    meaning: 'The publication sends partitions under their own names.',
    advice: 'Set publish_via_partition_root, as the message says.',
  },
  publication_rights: {
    meaning: 'The user may not create or change the publication.',
    advice: 'Grant the right, or let the owner of the tables publish them.',
  },
  publication_row_filter: {
    meaning: 'The publication filters rows.',
    advice: fixOrAccept,
  },
  records_parked: {
    meaning:
      '`fail-on-parked` is set, and something was parked in this run; or a replica has caught up, and rows are missing because of dead letters.',
    advice: 'The message has the command that shows them.',
    kind: 'counters',
  },
  repartitioned: {
    meaning: 'Ordered by offset, and the topic got more partitions.',
    advice: 'Order by sequence or timestamp, into an empty database.',
  },
  replica_incomplete: {
    meaning: 'The replica has applied everything in the topics, but changes of captured tables do not arrive there.',
    advice: 'The lines before it say which and what to do; [Connectors](../guides/connectors.md#when-tables-change).',
    kind: 'stalled',
  },
  replication_role: {
    meaning: 'The user of the source may not replicate.',
    advice: 'Run the printed ALTER ROLE as a superuser.',
  },
  row_security: {
    meaning: 'Row security hides rows from the user.',
    advice: fixOrAccept,
  },
  rows_held_back: {
    meaning: 'Rows conflict with other rows and are not written.',
    advice: 'The message says how to continue.',
  },
  rows_refused: {
    meaning: 'The target of a load cannot hold some rows.',
    advice:
      'They are in `sluice.load_refusal` with their reasons; change the column at the target, or choose a policy for its values.',
    kind: 'counters',
  },
  rows_suppressed: {
    meaning: 'A trigger of the target suppresses rows of a load.',
    advice: 'Disable the trigger for the load.',
  },
  rule_column_missing: {
    meaning: 'A rule names a column that its table does not have.',
    advice: 'Correct the name; `"optional": true` where older rows lack the column.',
  },
  rule_hides_key: { meaning: 'A rule masks or drops a column of the key.', advice: 'Hash it.' },
  rule_name_taken: {
    meaning: 'Two columns, or two tables, would get one name at the target.',
    advice: 'Rename one of them.',
  },
  rule_table_missing: {
    meaning: 'The rules name a table that does not exist.',
    advice: 'Correct the rules, or mark the table as optional.',
  },
  rules_invalid: {
    meaning: 'The file of the option `rules` is not valid.',
    advice: 'The message names the place; [Rules for tables](../guides/table-rules.md).',
    kind: 'usage',
  },
  schema_differs: {
    meaning: 'An object of the target is there already, and differs from the plan of the schema.',
    advice: 'Drop or change it with the printed statement, or plan for another database.',
  },
  schema_newer: {
    meaning: 'The database has another schema version than this Sluice.',
    advice: '[Upgrading](../operate/upgrading.md).',
  },
  schema_older: {
    meaning: 'The database has another schema version than this Sluice.',
    advice: '[Upgrading](../operate/upgrading.md).',
  },
  schema_unreleased: {
    meaning: 'The schema differs from that of the released migrations.',
    advice: 'The message names the difference; [Upgrading](../operate/upgrading.md).',
  },
  select_rights: { meaning: 'The user may not read captured tables.', advice: 'Run the printed GRANT at the source.' },
  slot_lost: { meaning: 'The replication slot has lost its position.', advice: 'Drop it and take a new snapshot.' },
  slot_taken: { meaning: 'The replication slot belongs to another reader.', advice: 'Choose another `slot`.' },
  slot_unreadable: {
    meaning: 'A replication slot exists without its publication.',
    advice: 'Drop the slot, or create the publication.',
  },
  slots_exhausted: {
    meaning: 'All replication slots of the source are in use.',
    advice: 'Drop an unused one, or raise max_replication_slots.',
  },
  snapshot_failed: {
    meaning: 'The rows of later tables could not be read.',
    advice: 'It is safe to run the same command again.',
    kind: 'stalled',
  },
  snapshot_needs_key: {
    meaning: 'Rows of a table without a primary key cannot be read while changes are streamed.',
    advice: 'Take a new copy, as the message says.',
  },
  source_away: {
    meaning: 'A missing table needs its source, which does not respond.',
    advice: 'It is created once the source responds.',
  },
  source_mismatch: {
    meaning:
      'Another topic feeds the table, or the same topic of another cluster, or it was loaded from another database.',
    advice:
      'Write to another database; if both carry the events of one source, the message has the statement that allows the next one.',
  },
  source_standby: { meaning: 'The source is a standby.', advice: 'Capture from its primary.' },
  source_too_old: { meaning: 'The source is older than PostgreSQL 14.', advice: 'Capture from a newer server.' },
  source_unreachable: {
    meaning: 'Kafka Connect cannot reach the source.',
    advice: 'Give the address as seen from Kafka Connect as `source-address`.',
    kind: 'unreachable',
  },
  stage_missing: {
    meaning: 'A session was opened again and has no staging table yet.',
    advice: 'None needed: the group is written again.',
    reaction: 'retry',
  },
  table_not_empty: {
    meaning: 'A table that is to be loaded has rows already.',
    advice: 'Empty it, or leave it out with the option `tables`.',
  },
  table_unclear: {
    meaning: 'A missing table cannot be created from its events.',
    advice: 'Name the source with its address, or create the table yourself.',
  },
  table_unlogged: {
    meaning: 'Changes of a table do not reach the write-ahead log.',
    advice: 'Make the table permanent, as the message says.',
  },
  tables_differ: {
    meaning: 'A comparison found rows that differ between source and target.',
    advice: 'The message names some of their keys.',
  },
  tables_missing: {
    meaning: 'The source does not have the tables that were named, or the target lacks a table that is to be loaded.',
    advice: 'Check the option `tables`; `npx sluice schema apply` makes tables in MySQL.',
  },
  taken_over: {
    meaning: 'A second process reads the same file for the same pipeline.',
    advice: 'Stop one of them.',
  },
  target_has_rules: {
    meaning: 'The target table has rules that change what is written.',
    advice: 'Drop the rules, as the message says.',
  },
  target_is_no_table: {
    meaning: 'The target has a view or another object where a table is needed.',
    advice: 'Rename it.',
  },
  target_is_partition: {
    meaning: 'The target table is a partition of another one.',
    advice: 'Capture the parent table.',
  },
  target_is_source: { meaning: 'Source and target are the same database.', advice: 'Check both addresses.' },
  target_lacks: {
    meaning: 'The target lacks types, extensions or functions that the tables need.',
    advice: 'Create them, as the message says.',
  },
  target_refuses: {
    meaning: 'The target refuses a definition of the source.',
    advice: 'Make it possible, or create the table yourself.',
  },
  target_mismatch: {
    meaning: 'The pipeline was started with another database of the same MySQL or MariaDB server.',
    advice: 'Use the database of its first start, or another `group-id`.',
  },
  target_not_transactional: {
    meaning: 'The target makes tables in a storage engine without transactions.',
    advice: 'Set default_storage_engine = InnoDB at the server.',
  },
  target_too_old: {
    meaning: 'The target is older than MariaDB 10.11 or MySQL 8.0.16.',
    advice: 'Replicate to a newer server.',
  },
  timetz_zone: {
    meaning: 'A time with time zone loses its zone.',
    advice: fixOrAccept,
  },
  tls_failed: {
    meaning: 'The handshake failed: an unknown issuer, another host name, a revoked certificate.',
    advice: 'Name the issuer with `sslrootcert`; `verify-ca` does not compare the host name.',
  },
  tls_refused: {
    meaning: 'The server does not offer TLS, and `sslmode` requires it.',
    advice: 'Enable TLS on the server, or use `sslmode=prefer`.',
  },
  too_many_columns: {
    meaning: 'A table has more columns than a staging table can have.',
    advice: 'Leave columns out by the rules.',
  },
  topic_shared: {
    meaning: 'Two tables would be written to one topic.',
    advice: 'Give each a connector with another `topic-prefix`.',
  },
  type_mistaken: {
    meaning: 'Debezium mistook a type for a built-in one of the same name.',
    advice: 'Rename the type at the source.',
  },
  type_named_as_builtin: {
    meaning: 'A user-defined type has the name of a built-in one.',
    advice: fixOrAccept,
  },
  type_unknown: {
    meaning: 'A missing table has a column of a type that the target does not have.',
    advice: 'Create the type.',
  },
  unknown_column: {
    meaning: 'Events have a column that the target table does not have.',
    advice: 'Add it to the target, or drop it by the rules.',
  },
  unknown_partition: {
    meaning:
      'A partition that the group assigned does not exist yet, or no longer exists; `reset` (exit 2): the topic has no such partition.',
    advice: 'None needed: the worker retries until the group has the new partitions, within 30 s.',
    reaction: 'retry',
  },
  unknown_pipeline: {
    meaning: 'The database has no pipeline of that name.',
    advice: '`npx sluice pipelines list`.',
  },
  unreadable_file: {
    meaning: 'The file does not exist, it is a folder, or this user may not read it.',
    advice: 'Check the path.',
  },
  wal_level: {
    meaning: 'The source does not write a logical write-ahead log.',
    advice: 'Set wal_level = logical and restart the source.',
  },
  worker_failed: {
    meaning: 'A worker process ended without giving a reason.',
    advice: 'Read its last lines in the log.',
  },
  wrong_password: {
    meaning: 'The source refuses the password of the connector.',
    advice: 'Check user and password of the source.',
  },
} as const satisfies { readonly [code: string]: Described };

/** An error code of Sluice. */
export type ErrorCode = keyof typeof errorCodes;

/** Returns the reaction to an error of this code, and how it ends a command. */
export const outcomeOf = (code: ErrorCode): { readonly reaction: Reaction; readonly kind: FailureKind } => {
  const { reaction = 'stop', kind = 'failure' }: Described = errorCodes[code];
  return { reaction, kind };
};
