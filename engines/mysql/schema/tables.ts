/** The definitions of Sluice's own tables in MySQL and MariaDB. Names and columns are those of PostgreSQL's schema `sluice`. */

/** What the definitions depend on. */
export type Naming = {
  /** A table of Sluice, qualified and quoted. */
  readonly own: (table: string) => string;
  /** Collation of texts, which keeps values apart that differ in any way. */
  readonly collation: string;
};

const options = (collation: string, comment: string): string =>
  `engine = InnoDB row_format = dynamic default character set utf8mb4 collate ${collation} comment = '${comment}'`;

/** The list of applied migrations. It is made before the first one. */
export const versionTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('schema_version')} (
    version    integer      not null primary key comment 'Number of the migration.',
    name       varchar(100) not null comment 'Its name.',
    checksum   char(64)     not null comment 'SHA-256 of the migration as it was applied.',
    applied_at datetime(6)  not null default current_timestamp(6) comment 'When it was applied.'
  ) ${options(collation, 'Migrations applied to this database.')}`;

/** One row per partition of a pipeline. Keys are limited, because an index entry has at most 3,072 bytes. */
export const checkpointTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('checkpoint')} (
    pipeline             varchar(255) not null comment 'Name of the pipeline, which is its Kafka consumer group.',
    topic                varchar(500) not null comment 'Kafka topic, or file:PATH.',
    \`partition\`        integer      not null comment 'Partition of the topic; 0 for files.',
    next_offset          bigint       not null comment 'Offset of the next record to write.',
    owner_epoch          bigint       not null default 0 comment 'Raised each time a worker claims the partition. A transaction with an older epoch rolls back.',
    \`read\`             bigint       not null default 0 comment 'Records taken from the source: the sum of the four outcomes.',
    applied              bigint       not null default 0 comment 'Records written to the table.',
    superseded           bigint       not null default 0 comment 'Records not newer than the row they would have changed.',
    filtered             bigint       not null default 0 comment 'Records deliberately not written, such as tombstones.',
    parked               bigint       not null default 0 comment 'Records parked in dead_letter.',
    superseded_share     double       not null default 0 comment 'Moving share of superseded records among about the last 1,000.',
    last_timestamp       datetime(6)  comment 'Source timestamp of the last durable record, in UTC.',
    last_hash            varbinary(255) comment 'SHA-256 of the last durable record (Kafka) or of the part already read (file).',
    committed_at         datetime(6)  comment 'When the last transaction for this partition was written, in UTC.',
    cluster_id           varchar(255) comment 'Kafka cluster the offsets belong to.',
    partition_count      integer      comment 'Partitions of the topic when the partition was last claimed.',
    target_database      varchar(64)  comment 'Database of the address with which the pipeline was started first.',
    generation           integer      not null default 0 comment 'How many snapshots began after streamed changes or after another snapshot.',
    streamed             boolean      not null default false comment 'Whether changes were streamed in this generation.',
    snapshot_lsn         bigint       comment 'Position at which the last snapshot began.',
    source_committed_at  datetime(6)  comment 'Commit time, at the source, of the last durable streamed change, in UTC.',
    postponed_at         datetime(6)  comment 'When the next record was last postponed, to wait for another partition.',
    postponed_generation integer      comment 'Position of the record that was postponed last, first part.',
    postponed_major      bigint       comment 'The same, second part.',
    postponed_minor      bigint       comment 'The same, third part.',
    held_offset          bigint       comment 'Offset of a record that the definition of its table does not accept. The partition is held while next_offset equals it.',
    held_since           datetime(6)  comment 'When the record was first tried.',
    held_tried_at        datetime(6)  comment 'When it was last tried.',
    held_table           varchar(500) comment 'The table.',
    held_reason          longtext     comment 'How its definition differs from that of its source.',
    held_statements      longtext     comment 'Statements to run at the target so that the record is accepted.',
    primary key (pipeline, topic, \`partition\`),
    constraint record_counts_balance check (\`read\` = applied + superseded + filtered + parked),
    constraint next_offset_is_one check (next_offset >= 0)
  ) ${options(collation, 'Progress of each partition of a pipeline. Written in the same transaction as its rows.')}`;

/** Records that were set aside. Their reason may quote a long value. */
export const deadLetterTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('dead_letter')} (
    id          bigint       not null auto_increment primary key comment 'Number of the dead letter.',
    pipeline    varchar(255) not null comment 'Name of the pipeline.',
    topic       varchar(500) not null comment 'Topic of the record. After a topic was made again under the same name, "(before epoch N)" follows.',
    \`partition\` integer    not null comment 'Its partition.',
    \`offset\`  bigint       not null comment 'Its offset.',
    stage       varchar(20)  not null comment 'Stage that rejected the record: decode, enrich or write.',
    code        varchar(100) not null comment 'Code of the reason.',
    reason      longtext     not null comment 'The reason as a sentence.',
    field       longtext     comment 'The invalid field, if there is one.',
    \`key\`     longblob     comment 'Key of the record.',
    value       longblob     comment 'The record; null for a tombstone.',
    headers     longblob     comment 'Its headers as JSON: [name, value in hex or null].',
    source_time datetime(6)  comment 'Timestamp of the record, in UTC.',
    parked_at   datetime(6)  not null default current_timestamp(6) comment 'When it was last refused, in UTC.',
    unique key dead_letter_origin (pipeline, topic, \`partition\`, \`offset\`)
  ) ${options(collation, 'Records that could not be decoded or applied, kept whole, with the reason.')}`;

/** One row per target table. */
export const targetTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('target')} (
    table_name           varchar(300) not null primary key comment 'The table, with its database.',
    order_by             varchar(20)  not null comment 'What orders its events.',
    deletes              varchar(10)  not null default 'soft' comment 'What a DELETE does: soft marks the row, hard removes it.',
    topic                varchar(500) comment 'Topic that feeds the table.',
    cluster_id           varchar(255) comment 'Kafka cluster of the topic.',
    horizon_generation   integer      comment 'Position up to which guard rows of deleted keys have expired, first part.',
    horizon_major        bigint       comment 'The same, second part.',
    horizon_minor        bigint       comment 'The same, third part.',
    expired_at           datetime(6)  comment 'When expired guard rows of deleted keys were last removed.',
    floor_generation     integer      comment 'Position of the newest TRUNCATE, first part. Older events change nothing.',
    floor_major          bigint       comment 'The same, second part.',
    floor_minor          bigint       comment 'The same, third part.',
    high_generation      integer      comment 'Newest applied position of a table without a key, first part.',
    high_major           bigint       comment 'The same, second part.',
    high_minor           bigint       comment 'The same, third part.',
    high_count           integer      comment 'How many events at that position were applied.',
    high_seen            integer      comment 'How many of these were read again.',
    reconciled_lsn       bigint       comment 'Position at which the last snapshot began for which the rows that it does not contain were counted or deleted.',
    rows_not_in_snapshot bigint       not null default 0 comment 'Rows that this snapshot does not contain and that were kept.',
    created_at           datetime(6)  not null default current_timestamp(6) comment 'When the table was registered.',
    constraint target_order_by_check check (order_by in ('sequence', 'timestamp', 'offset', 'lsn')),
    constraint target_deletes_check check (deletes in ('soft', 'hard'))
  ) ${options(collation, 'Tables that Sluice writes, and how their events are ordered.')}`;

/** Held tables, for people. */
export const heldTableView = ({ own }: Naming): string => `
  create or replace sql security invoker view ${own('held_table')} as
  select pipeline, topic, \`partition\`, held_table as table_name, held_since as since, held_tried_at as tried_at,
         held_reason as reason, held_statements as statements
  from ${own('checkpoint')} where held_offset = next_offset`;
