/**
 * Every error of Sluice's own, by its code: what it means, what to do about it, and how it ends a command. `npm run docs`
 * makes `docs/reference/errors.md` from it. Codes of servers, such as SQLSTATEs, are classified by each adapter and engine.
 */

/** What to do about an error: set the record aside, try again, or stop and ask a person. */
export type Reaction = 'park' | 'retry' | 'stop';

/** How an error ends what was asked for. The command line has an exit code for each kind (promise 9). */
export type FailureKind =
  | 'failure'
  | 'usage'
  /** Too many records parked, or counters that do not balance. */
  | 'counters'
  | 'unreachable'
  | 'stalled';

type Described = {
  readonly meaning: string;
  /** What usually helps. The error itself says it for its case. */
  readonly advice: string;
  /** `stop` when left out. */
  readonly reaction?: Reaction;
  /** `failure` when left out. */
  readonly kind?: FailureKind;
};

/** The errors, in the order of their codes. */
export const errorCodes = {
  access_refused: { meaning: 'The source does not let Kafka Connect in.', advice: 'Add a line for it to pg_hba.conf.' },
  array_elements: {
    meaning: 'An array holds elements that Debezium cannot carry.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  array_shape: {
    meaning: 'An array has several dimensions or other bounds than 1.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  batch_too_large: {
    meaning: 'A batch unpacks to more than a process may hold.',
    advice: 'Lower batch.size of the producer.',
  },
  bit_varying: {
    meaning: 'A column of type bit varying holds values shorter than its limit.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  books_open: {
    meaning: 'The counters did not balance in time.',
    advice: '`npx sluice status` shows how far the pipeline is.',
    kind: 'counters',
  },
  breaker: {
    meaning: 'Too large a share of the records was parked.',
    advice: 'Read the dead letters; correct the cause, or turn the breaker off.',
    kind: 'counters',
  },
  changes_missed: {
    meaning: 'A table was changed while it was not captured.',
    advice: 'Take a new copy, as the message says.',
  },
  check_too_long: {
    meaning: 'A constraint could not be checked in time.',
    advice: 'Check it by hand with the printed query.',
    kind: 'unreachable',
  },
  column_not_sent: {
    meaning: 'Debezium sends nothing for a column of this type.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  column_taken: { meaning: 'A migration adds a column that the table has already.', advice: 'Rename your column.' },
  columns_differ_in_case: {
    meaning: 'Two columns differ only in case.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  connect_login: { meaning: 'Kafka Connect refuses the login.', advice: 'Put user and password into --connect-url.' },
  connect_unreachable: {
    meaning: 'No Kafka Connect answers.',
    advice: 'Check --connect-url, and whether Kafka Connect is up.',
    kind: 'unreachable',
  },
  connector_exists: {
    meaning: 'A connector that is needed has the name of another one.',
    advice: 'Give the other connector another name.',
  },
  connector_failed: {
    meaning: 'A connector or one of its tasks has failed.',
    advice: 'The message of Debezium names the cause; then restart the connector.',
    kind: 'stalled',
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
    advice: 'Look for parked records; constraints are set again once their rows are there.',
  },
  constraints_in_the_way: {
    meaning: 'Foreign keys and triggers cannot be left aside.',
    advice: 'Use the owner of the tables, or grant the right.',
  },
  conversion_failed: {
    meaning: 'Debezium cannot convert a value of the source.',
    advice: 'The message says which column, and how to leave it out.',
  },
  corrupt_batch: {
    meaning: 'A compressed batch cannot be unpacked.',
    advice: 'Read the topic with another client to see whether the batch is damaged.',
  },
  database_missing: {
    meaning: 'The source does not have the database.',
    advice: 'Check the database in the address of the source.',
  },
  database_not_utf8: { meaning: 'The database is not encoded in UTF8.', advice: 'Create one that is.' },
  dates_out_of_range: {
    meaning: 'A date or time lies outside of the range that Debezium carries.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  definition_differs: {
    meaning: 'Tables are defined differently from their source.',
    advice: 'Run the printed statements at the target.',
  },
  deletes_mismatch: {
    meaning: 'A table was started with another way to delete.',
    advice: 'Use the same --deletes, or an empty database.',
  },
  enum_without_labels: {
    meaning: 'A domain over an enum is sent without its labels.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  generated_identity: {
    meaning: 'The replica identity contains a generated column.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  generated_key: {
    meaning: 'The primary key contains a generated column.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  identity_other_index: {
    meaning: 'The replica identity is another index than the primary key.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  identity_without_key: {
    meaning: 'The replica identity of a table without a primary key is an index.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  infinite_interval: {
    meaning: 'An interval is infinite.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  kafka_unreachable: {
    meaning: 'No Kafka broker answers.',
    advice: 'Check KAFKA_BOOTSTRAP_SERVERS, and whether the brokers are up.',
    kind: 'unreachable',
  },
  keyless_partitions: {
    meaning: 'A table without a key has a topic of several partitions.',
    advice: 'Give it a primary key, or capture it into a topic of one partition.',
  },
  local_stack_stopped: {
    meaning: 'The local servers of this checkout are not running.',
    advice: 'Start them, or name other servers.',
    kind: 'unreachable',
  },
  login_ruled_out: {
    meaning: 'The server asks for a way to log in that the address rules out.',
    advice: 'Change require_auth or channel_binding.',
  },
  lost_position: {
    meaning: 'The source no longer holds the record at which the checkpoint stands.',
    advice: 'Decide with --on-lost-position where to continue; what was removed before it was read is gone.',
  },
  malformed_file: {
    meaning: 'A file is neither JSON lines nor one JSON array, nor CSV where --map says so.',
    advice: 'The message names the byte at fault.',
  },
  map_invalid: {
    meaning: 'The file of --map is not valid.',
    advice: 'The message names the place in the file.',
    kind: 'usage',
  },
  map_mismatch: {
    meaning: 'The map does not fit the columns of its source.',
    advice: 'The message names the column.',
    kind: 'usage',
  },
  message_too_large: {
    meaning: 'A change event is larger than Kafka takes.',
    advice: 'Raise producer.override.max.request.size and max.message.bytes.',
  },
  migration_changed: {
    meaning: 'A migration was applied with another content.',
    advice: 'Use the Sluice that applied it, or a new database.',
  },
  migration_foreign: {
    meaning: 'The database lists a migration that this Sluice does not have.',
    advice: 'Declare own columns by functions instead.',
  },
  migration_unrecorded: {
    meaning: 'The database has what a migration makes, but does not list the migration.',
    advice: 'The message says how to record it.',
  },
  missing_file: { meaning: 'A file does not exist.', advice: 'Check the path, which counts from the working folder.' },
  missing_table: {
    meaning: 'The database does not have the table.',
    advice: 'Check the database; `npx sluice run` creates the table.',
  },
  missing_topic: {
    meaning: 'A topic does not exist, or none matches the pattern.',
    advice: 'Check its name, or create it with --create-topic.',
  },
  no_checkpoint: {
    meaning: 'The pipeline has no checkpoint.',
    advice: '`npx sluice pipelines list` shows the pipelines of the database.',
  },
  no_replica_identity: {
    meaning: 'A table has no replica identity, so that its source refuses UPDATE and DELETE.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  no_such_server: {
    meaning: 'None of the named servers is of the wanted kind.',
    advice: 'Name further hosts, or change target_session_attrs.',
    reaction: 'retry',
    kind: 'unreachable',
  },
  not_a_file: {
    meaning: 'A folder was given where a file is needed.',
    advice: 'Name one file, or send several through standard input.',
  },
  not_drained: {
    meaning: 'Records in flight could not be written before the process had to end.',
    advice: 'Nothing is lost: the next start reads them again.',
    kind: 'unreachable',
  },
  offset_out_of_range: {
    meaning: 'An offset lies outside of the log or the file.',
    advice: 'Choose one within the printed range.',
    kind: 'usage',
  },
  order_mismatch: {
    meaning: 'A table is ordered in another way than the pipeline asks for.',
    advice: 'Use the same order, or an empty database.',
  },
  own_column_type: {
    meaning: 'A column of an own function has another type in the table.',
    advice: 'Give the file another column, or change the column.',
  },
  own_function: {
    meaning: 'A file of enrichment functions cannot be used.',
    advice: 'The message names the file and the reason.',
  },
  partition_out_of_range: {
    meaning: 'A topic does not have a partition of this number.',
    advice: 'Partitions count from 0.',
    kind: 'usage',
  },
  pipeline_running: {
    meaning: 'The pipeline is running, and the command needs it to be stopped.',
    advice: 'Stop it first.',
  },
  plugin_missing: {
    meaning: 'Kafka Connect does not have the plugin of the connector.',
    advice: 'Put it into plugin.path and restart Kafka Connect.',
  },
  postgres_unreachable: {
    meaning: 'No PostgreSQL answers.',
    advice: 'Check the address, and whether the server is up.',
    kind: 'unreachable',
  },
  publication_all: {
    meaning: 'The publication is FOR ALL TABLES and cannot be narrowed.',
    advice: 'Choose another --publication.',
  },
  publication_columns: {
    meaning: 'The publication leaves columns out.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  publication_operations: {
    meaning: 'The publication does not send every kind of change.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
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
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  records_parked: {
    meaning: 'Records were parked, and --fail-on-parked or --until-caught-up makes that a failure.',
    advice: 'The dead letters are in sluice.dead_letter; everything else is durable.',
    kind: 'counters',
  },
  repartitioned: {
    meaning: 'The number of partitions changed, and offsets order the rows.',
    advice: 'Order by sequence or timestamp into an empty database, or create the topic again with the former number.',
  },
  replica_incomplete: {
    meaning: 'Changes of captured tables do not arrive.',
    advice: '`npx sluice connector status` names the tables.',
    kind: 'stalled',
  },
  replication_role: {
    meaning: 'The user of the source may not replicate.',
    advice: 'Run the printed ALTER ROLE as a superuser.',
  },
  row_security: {
    meaning: 'Row security hides rows from the user.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  rows_held_back: {
    meaning: 'Rows collide with others and are not written.',
    advice: 'The message says how to continue.',
  },
  rule_column_missing: { meaning: 'The rules name a column that does not exist.', advice: 'Correct the rules.' },
  rule_hides_key: { meaning: 'The rules hide a column of the primary key.', advice: 'Hash it instead of dropping it.' },
  rule_name_taken: { meaning: 'Two tables or columns would get one name.', advice: 'Rename one of them in the rules.' },
  rule_table_missing: {
    meaning: 'The rules name a table that does not exist.',
    advice: 'Correct the rules, or mark the table as optional.',
  },
  rules_invalid: {
    meaning: 'A file of rules or a map is not valid.',
    advice: 'The message names the place in the file.',
    kind: 'usage',
  },
  schema_newer: { meaning: 'The schema of the database is newer than this Sluice knows.', advice: 'Update Sluice.' },
  schema_older: {
    meaning: 'The schema of the database is older than this Sluice needs.',
    advice: '`npx sluice schema migrate` brings it up to date.',
  },
  schema_unreleased: {
    meaning: 'The schema was made by an unreleased revision, or changed by hand.',
    advice: 'The message names what differs.',
  },
  select_rights: { meaning: 'The user may not read captured tables.', advice: 'Run the printed GRANT at the source.' },
  slot_lost: { meaning: 'The replication slot has lost its position.', advice: 'Drop it and take a new snapshot.' },
  slot_taken: { meaning: 'The replication slot belongs to another reader.', advice: 'Choose another --slot.' },
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
    advice: 'The same command again is safe.',
    kind: 'stalled',
  },
  snapshot_needs_key: {
    meaning: 'Rows of a table without a primary key cannot be read beside the stream.',
    advice: 'Take a new copy, as the message says.',
  },
  source_away: {
    meaning: 'A missing table needs its source, which does not answer.',
    advice: 'It is made once the source answers.',
  },
  source_mismatch: {
    meaning: 'A table is fed from another source, whose positions cannot be compared.',
    advice: 'Write to another database.',
  },
  source_standby: { meaning: 'The source is a standby.', advice: 'Capture from its primary.' },
  source_too_old: { meaning: 'The source is older than PostgreSQL 14.', advice: 'Capture from a newer server.' },
  source_unreachable: {
    meaning: 'Kafka Connect cannot reach the source.',
    advice: 'Give the address as seen from Kafka Connect with --source-address.',
    kind: 'unreachable',
  },
  stage_missing: {
    meaning: 'A session was opened again and has no staging table yet.',
    advice: 'The group is written again.',
    reaction: 'retry',
    kind: 'unreachable',
  },
  table_unclear: {
    meaning: 'A missing table cannot be made from its events.',
    advice: 'Name the source with its address, or create the table yourself.',
  },
  table_unlogged: {
    meaning: 'Changes of a table do not reach the write-ahead log.',
    advice: 'Make the table permanent, as the message says.',
  },
  tables_missing: { meaning: 'The source does not have the tables that were named.', advice: 'Check --tables.' },
  taken_over: {
    meaning: 'Another process reads the same file for the same pipeline.',
    advice: 'Stop one of them, or use another --group-id.',
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
  timetz_zone: {
    meaning: 'A time with time zone loses its zone.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
  },
  tls_failed: {
    meaning: 'A TLS connection could not be made.',
    advice: 'Check sslrootcert and the name in the certificate.',
  },
  tls_refused: {
    meaning: 'The server does not offer TLS, which the address asks for.',
    advice: 'Turn it on at the server, or change sslmode.',
  },
  too_many_columns: {
    meaning: 'A table has more columns than can be staged.',
    advice: 'Leave columns out by the rules.',
  },
  topic_shared: {
    meaning: 'Two tables would be written to one topic.',
    advice: 'Give each a connector with another --topic-prefix.',
  },
  type_mistaken: {
    meaning: 'Debezium took a type for a built-in one of the same name.',
    advice: 'Rename the type at the source.',
  },
  type_named_as_builtin: {
    meaning: 'An own type has the name of a built-in one.',
    advice: 'Run the printed statement at the source, or accept the risk with --accept.',
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
    meaning: 'The group gave out a partition that its topic does not have yet, or has no longer.',
    advice: 'Nothing: the topic is asked again until the group has noticed.',
    reaction: 'retry',
  },
  unknown_pipeline: {
    meaning: 'The database does not know the pipeline.',
    advice: '`npx sluice pipelines list` shows the pipelines of the database.',
  },
  unreadable_file: { meaning: 'The user may not read a file.', advice: 'Give the user the right to read it.' },
  wal_level: {
    meaning: 'The source does not write a logical write-ahead log.',
    advice: 'Set wal_level = logical and restart the source.',
  },
  worker_failed: { meaning: 'A worker process ended with an error.', advice: 'Its own message says why.' },
  wrong_password: {
    meaning: 'The source refuses the password of the connector.',
    advice: 'Check user and password of the source.',
  },
} as const satisfies { readonly [code: string]: Described };

/** The code of an error of our own. */
export type ErrorCode = keyof typeof errorCodes;

/** How an error of this code ends a command, and whether to try again. */
export const outcomeOf = (code: ErrorCode): { readonly reaction: Reaction; readonly kind: FailureKind } => {
  const { reaction = 'stop', kind = 'failure' }: Described = errorCodes[code];
  return { reaction, kind };
};
