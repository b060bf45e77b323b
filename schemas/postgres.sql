-- The whole schema of Sluice. Generated from schemas/migrations by `npm run schema`; do not edit.

begin;

create schema if not exists sluice;
create table if not exists sluice.schema_version (
  version    integer     primary key,
  name       text        not null,
  applied_at timestamptz not null default now()
);
comment on table sluice.schema_version is 'Migrations applied to this database.';
comment on column sluice.schema_version.version is 'Number of the migration.';
comment on column sluice.schema_version.name is 'Its name.';
comment on column sluice.schema_version.applied_at is 'When it was applied.';

-- Migration 1: sluice

-- Progress and dead letters. They commit in the same transaction as the rows they speak of.

comment on schema sluice is 'Bookkeeping of Sluice: progress, dead letters, applied migrations.';

create table sluice.checkpoint (
  pipeline        text        not null,
  topic           text        not null,
  partition       integer     not null,
  next_offset     bigint      not null,
  owner_epoch     bigint      not null default 0,
  read            bigint      not null default 0,
  applied         bigint      not null default 0,
  superseded      bigint      not null default 0,
  filtered        bigint      not null default 0,
  parked          bigint      not null default 0,
  last_timestamp  timestamptz,
  last_hash       bytea,
  committed_at    timestamptz,
  cluster_id      text,
  partition_count integer,
  primary key (pipeline, topic, partition),
  constraint books_balance check (read = applied + superseded + filtered + parked),
  constraint next_offset_is_one check (next_offset >= 0)
) with (fillfactor = 50);
comment on table sluice.checkpoint is 'The truth about progress, one row per pipeline, topic and partition. Written in the transaction of the rows it speaks of.';
comment on column sluice.checkpoint.pipeline is 'Name of the pipeline, which is its Kafka consumer group.';
comment on column sluice.checkpoint.topic is 'Kafka topic, file:PATH or stdin:RUN.';
comment on column sluice.checkpoint.partition is 'Partition of the topic; 0 for files.';
comment on column sluice.checkpoint.next_offset is 'First offset that is not yet durable here.';
comment on column sluice.checkpoint.owner_epoch is 'Raised each time a worker takes the partition over; a transaction with an older epoch rolls back.';
comment on column sluice.checkpoint.read is 'Records taken from the source: the sum of the four outcomes.';
comment on column sluice.checkpoint.applied is 'Records written to the table.';
comment on column sluice.checkpoint.superseded is 'Records that lost to a newer position: duplicates, replays, late arrivals.';
comment on column sluice.checkpoint.filtered is 'Records deliberately not written, such as tombstones.';
comment on column sluice.checkpoint.parked is 'Records set aside in sluice.dead_letter.';
comment on column sluice.checkpoint.last_timestamp is 'Source timestamp of the last durable record.';
comment on column sluice.checkpoint.last_hash is 'SHA-256 of the last durable record (Kafka) or of the part already read (file), to notice a replaced source.';
comment on column sluice.checkpoint.committed_at is 'When the last transaction for this partition was written, by the clock of the database.';
comment on column sluice.checkpoint.cluster_id is 'Kafka cluster the offsets belong to.';
comment on column sluice.checkpoint.partition_count is 'Partitions of the topic when it was last taken over.';

create table sluice.dead_letter (
  id           bigint generated always as identity primary key,
  pipeline     text        not null,
  topic        text        not null,
  partition    integer     not null,
  "offset"     bigint      not null,
  stage        text        not null,
  code         text        not null,
  reason       text        not null,
  field        text,
  key          bytea,
  value        bytea,
  headers      bytea,
  source_time  timestamptz,
  parked_at    timestamptz not null default now(),
  constraint dead_letter_origin unique (pipeline, topic, partition, "offset")
);
comment on table sluice.dead_letter is 'Records that could not be decoded or applied, kept whole, with the reason.';
comment on column sluice.dead_letter.id is 'Number of the letter.';
comment on column sluice.dead_letter.pipeline is 'Pipeline that parked the record.';
comment on column sluice.dead_letter.topic is 'Where the record came from.';
comment on column sluice.dead_letter.partition is 'Partition it came from.';
comment on column sluice.dead_letter."offset" is 'Offset in that partition.';
comment on column sluice.dead_letter.stage is 'Stage that refused it: decode, enrich or write.';
comment on column sluice.dead_letter.code is 'Machine-readable reason.';
comment on column sluice.dead_letter.reason is 'The reason in a sentence.';
comment on column sluice.dead_letter.field is 'Field at fault, if one is.';
comment on column sluice.dead_letter.key is 'Message key, byte by byte.';
comment on column sluice.dead_letter.value is 'Message value, byte by byte. For people: convert_from(value, ''UTF8''), if it is UTF-8.';
comment on column sluice.dead_letter.headers is 'Message headers as UTF-8 JSON: a list of [name, value in hex].';
comment on column sluice.dead_letter.source_time is 'Timestamp of the record at its source.';
comment on column sluice.dead_letter.parked_at is 'When it was parked.';

create table sluice.target (
  table_name text        primary key,
  order_by   text        not null check (order_by in ('sequence', 'timestamp', 'offset')),
  created_at timestamptz not null default now()
);
comment on table sluice.target is 'How the rows of each written table are ordered; positions of different orders cannot be compared.';
comment on column sluice.target.table_name is 'The table.';
comment on column sluice.target.order_by is 'Field that orders the events of one key: sequence, timestamp or offset.';
comment on column sluice.target.created_at is 'When the table was first written.';

insert into sluice.schema_version (version, name) values (1, 'sluice');

-- Migration 2: users_enriched

-- The enriched users. The first 21 columns and their order are the specification's; bookkeeping follows.

create table users_enriched (
  id                  bigint primary key,
  first_name          varchar(100),
  last_name           varchar(100),
  email               varchar(255),
  email_domain        varchar(100),
  phone               varchar(20),
  address             text,
  city                varchar(100),
  state               varchar(50),
  country             varchar(50),
  postal_code         varchar(20),
  created_at          timestamp,
  updated_at          timestamp,
  source_system       varchar(50),
  migration_timestamp timestamp,
  cdc_operation       varchar(10),
  full_name           varchar(200),
  email_category      varchar(20),
  inferred_country    varchar(50),
  is_valid_email_flag boolean,
  normalized_email    varchar(255),
  cdc_timestamp       timestamp,
  source_generation   integer not null,
  source_major        bigint  not null,
  source_minor        bigint  not null
) with (fillfactor = 85);
comment on table users_enriched is 'One row per user: its newest change event, enriched. A deleted user keeps its row with cdc_operation = DELETE. All times are UTC.';
comment on column users_enriched.id is 'Id of the user at the source.';
comment on column users_enriched.first_name is 'As the source has it.';
comment on column users_enriched.last_name is 'As the source has it.';
comment on column users_enriched.email is 'As the source has it.';
comment on column users_enriched.email_domain is 'Domain of the e-mail address: lower case, ASCII form.';
comment on column users_enriched.phone is 'As the source has it.';
comment on column users_enriched.address is 'As the source has it.';
comment on column users_enriched.city is 'As the source has it.';
comment on column users_enriched.state is 'As the source has it.';
comment on column users_enriched.country is 'As the source has it.';
comment on column users_enriched.postal_code is 'As the source has it.';
comment on column users_enriched.created_at is 'When the source created the user.';
comment on column users_enriched.updated_at is 'When the source last changed the user.';
comment on column users_enriched.source_system is 'System the user comes from.';
comment on column users_enriched.migration_timestamp is 'When the row was written here, by the clock of the database; a superseded event leaves it alone.';
comment on column users_enriched.cdc_operation is 'Operation of the newest event: INSERT, UPDATE or DELETE.';
comment on column users_enriched.full_name is 'First and last name, trimmed and joined.';
comment on column users_enriched.email_category is 'personal, corporate, educational, government, military, nonprofit, disposable or unknown.';
comment on column users_enriched.inferred_country is 'ISO 3166-1 alpha-2: the given country, or inferred from postal code, state, city, phone; null when unsure.';
comment on column users_enriched.is_valid_email_flag is 'Whether the e-mail address could receive mail by its form and its top-level domain.';
comment on column users_enriched.normalized_email is 'The address by which two spellings of one mailbox are equal; null when invalid.';
comment on column users_enriched.cdc_timestamp is 'When the change happened at the source.';
comment on column users_enriched.source_generation is 'Position of the row''s event at its source, first part: raised when the source starts anew.';
comment on column users_enriched.source_major is 'Position, second part: the sequence, the time in microseconds, or the offset.';
comment on column users_enriched.source_minor is 'Position, third part: decides between equal second parts.';

insert into sluice.schema_version (version, name) values (2, 'users_enriched');

-- Migration 3: views

-- What people ask first. Deleted users are left out everywhere.

create view user_analytics as
select
  coalesce(inferred_country, 'unknown')                       as country,
  email_category,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  count(distinct email_domain)                                as email_domain_count,
  min(created_at)                                             as first_created_at,
  max(updated_at)                                             as last_updated_at
from users_enriched
where cdc_operation <> 'DELETE'
group by 1, 2;
comment on view user_analytics is 'Living users by country and category of their e-mail address.';
comment on column user_analytics.country is 'ISO 3166-1 alpha-2, or unknown.';
comment on column user_analytics.email_category is 'Category of the e-mail address.';
comment on column user_analytics.user_count is 'Users.';
comment on column user_analytics.valid_email_count is 'Users with a valid address.';
comment on column user_analytics.email_domain_count is 'Different e-mail domains among them.';
comment on column user_analytics.first_created_at is 'When the first of them was created at the source.';
comment on column user_analytics.last_updated_at is 'When one of them last changed at the source.';

create view country_analytics as
select
  coalesce(inferred_country, 'unknown')                       as country,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  round(100.0 * count(*) / sum(count(*)) over (), 2)          as percent_of_users,
  count(distinct city)                                        as city_count
from users_enriched
where cdc_operation <> 'DELETE'
group by 1;
comment on view country_analytics is 'Living users by country.';
comment on column country_analytics.country is 'ISO 3166-1 alpha-2, or unknown.';
comment on column country_analytics.user_count is 'Users.';
comment on column country_analytics.valid_email_count is 'Users with a valid address.';
comment on column country_analytics.percent_of_users is 'Share of all living users, in percent.';
comment on column country_analytics.city_count is 'Different cities among them, as the source spells them.';

create view email_domain_analytics as
select
  email_domain,
  min(email_category)                                         as email_category,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  count(distinct inferred_country)                            as country_count
from users_enriched
where cdc_operation <> 'DELETE' and email_domain is not null
group by 1;
comment on view email_domain_analytics is 'Living users by the domain of their e-mail address.';
comment on column email_domain_analytics.email_domain is 'The domain.';
comment on column email_domain_analytics.email_category is 'Its category.';
comment on column email_domain_analytics.user_count is 'Users.';
comment on column email_domain_analytics.valid_email_count is 'Users whose whole address is valid.';
comment on column email_domain_analytics.country_count is 'Different countries among them.';

create view data_quality as
select
  source_system,
  count(*)                                                    as user_count,
  count(*) filter (where email is null or email = '')         as missing_email,
  count(*) filter (where email <> '' and not is_valid_email_flag) as invalid_email,
  count(*) filter (where full_name is null)                   as missing_name,
  count(*) filter (where phone is null or phone = '')         as missing_phone,
  count(*) filter (where country is null or country = '')     as missing_country,
  count(*) filter (where inferred_country is null)            as unresolved_country,
  count(*) filter (where country is distinct from inferred_country and inferred_country is not null) as repaired_country,
  count(*) filter (where normalized_email is not null)
    - count(distinct normalized_email)                        as duplicate_email
from users_enriched
where cdc_operation <> 'DELETE'
group by 1;
comment on view data_quality is 'What is missing, invalid or double among living users, by source system.';
comment on column data_quality.source_system is 'System the users come from.';
comment on column data_quality.user_count is 'Users.';
comment on column data_quality.missing_email is 'No e-mail address.';
comment on column data_quality.invalid_email is 'An address that cannot be valid.';
comment on column data_quality.missing_name is 'No usable name.';
comment on column data_quality.missing_phone is 'No phone number.';
comment on column data_quality.missing_country is 'No country given.';
comment on column data_quality.unresolved_country is 'Country neither given in a known spelling nor inferred.';
comment on column data_quality.repaired_country is 'Country inferred, or given in another spelling than ISO 3166-1 alpha-2.';
comment on column data_quality.duplicate_email is 'Users beyond the first with the same normalized address.';

insert into sluice.schema_version (version, name) values (3, 'views');

-- Migration 4: deletes_and_sources

-- How a table does its deletes, which source feeds it, and how much of what came lately was old.

alter table sluice.target
  add column deletes            text not null default 'soft' check (deletes in ('soft', 'hard')),
  add column topic              text,
  add column cluster_id         text,
  add column horizon_generation integer,
  add column horizon_major      bigint,
  add column horizon_minor      bigint,
  add column expired_at         timestamptz;
comment on table sluice.target is 'How the rows of each written table are ordered and deleted, and which source feeds it; positions of different orders or sources cannot be compared.';
comment on column sluice.target.deletes is 'soft: a DELETE keeps the row with cdc_operation = DELETE; hard: it removes the row and keeps its position in sluice.row_guard_TABLE.';
comment on column sluice.target.topic is 'The source: the topic, or the file where rows are ordered by offset. Null while no source was bound to the table.';
comment on column sluice.target.cluster_id is 'Kafka cluster of the topic.';
comment on column sluice.target.horizon_generation is 'Highest position among expired guard rows, first part. An event at or below it whose key has neither row nor guard is parked.';
comment on column sluice.target.horizon_major is 'The same, second part.';
comment on column sluice.target.horizon_minor is 'The same, third part.';
comment on column sluice.target.expired_at is 'When guard rows of deleted keys were last looked through for those that may go.';

alter table sluice.checkpoint add column superseded_share double precision not null default 0;
comment on column sluice.checkpoint.superseded_share is 'Moving share of superseded records among about the last 1,000: near 1, the source is older than the table.';

comment on column sluice.dead_letter.headers is 'Message headers as UTF-8 JSON: a list of [name, value in hex or null]; a name that is not UTF-8 stands as {"hex": …}.';
comment on column sluice.dead_letter.topic is 'Where the record came from. Behind a topic that was made anew later stands (before epoch N).';

insert into sluice.schema_version (version, name) values (4, 'deletes_and_sources');

-- Migration 5: replication

-- Replicated tables: ordered by where a change stands in the source's log, with a floor below which a TRUNCATE emptied them.

alter table sluice.target
  drop constraint target_order_by_check,
  add constraint target_order_by_check check (order_by in ('sequence', 'timestamp', 'offset', 'lsn')),
  add column floor_generation integer,
  add column floor_major      bigint,
  add column floor_minor      bigint,
  add column high_generation  integer,
  add column high_major       bigint,
  add column high_minor       bigint,
  add column high_count       integer,
  add column high_seen        integer;
comment on column sluice.target.table_name is 'The table, with its schema where it is replicated.';
comment on column sluice.target.order_by is 'What orders the events of one key: sequence, timestamp, offset, or lsn, the place in the log of a replicated source.';
comment on column sluice.target.floor_generation is 'Position of the newest TRUNCATE, first part: older events change nothing.';
comment on column sluice.target.floor_major is 'The same, second part.';
comment on column sluice.target.floor_minor is 'The same, third part.';
comment on column sluice.target.high_generation is 'Position of the newest event of a table without a key, first part.';
comment on column sluice.target.high_major is 'The same, second part.';
comment on column sluice.target.high_minor is 'The same, third part.';
comment on column sluice.target.high_count is 'How many events of that position were taken: one statement at the source may write many rows at one place of its log.';
comment on column sluice.target.high_seen is 'How many of these came again last: below high_count while events that were taken before are sent once more.';

alter table sluice.checkpoint
  add column generation          integer not null default 0,
  add column streamed            boolean not null default false,
  add column snapshot_lsn        bigint,
  add column source_committed_at timestamptz,
  add column postponed_at        timestamptz,
  add column postponed_generation integer,
  add column postponed_major     bigint,
  add column postponed_minor     bigint;
comment on column sluice.checkpoint.generation is 'How often a snapshot has begun after streamed events or another snapshot: positions of a later one win over all before.';
comment on column sluice.checkpoint.streamed is 'Whether changes have been streamed since the snapshot of this generation.';
comment on column sluice.checkpoint.snapshot_lsn is 'Place in the log of its source at which the last snapshot began; incremental ones do not count.';
comment on column sluice.checkpoint.source_committed_at is 'When the last durable streamed event was committed at its source, where events tell it.';
comment on column sluice.checkpoint.postponed_at is 'When what comes next was last put off, because it waits for another partition of the topic.';
comment on column sluice.checkpoint.postponed_generation is 'Position of what was put off last, first part: all before it is done.';
comment on column sluice.checkpoint.postponed_major is 'The same, second part.';
comment on column sluice.checkpoint.postponed_minor is 'The same, third part.';

create table sluice.moved_row (
  table_name text        not null,
  generation integer     not null,
  minor      bigint      not null,
  topic      text        not null,
  partition  integer     not null,
  record_key bytea,
  cells      jsonb       not null,
  kept_at    timestamptz not null default now(),
  primary key (table_name, generation, minor)
);
comment on table sluice.moved_row is 'Rows whose key has changed, from the event that removes the old key to the one that brings the new one.';
comment on column sluice.moved_row.table_name is 'The table, with its schema.';
comment on column sluice.moved_row.generation is 'Position of the removing event, first part.';
comment on column sluice.moved_row.minor is 'The same, third part; the second is that of streamed events.';
comment on column sluice.moved_row.topic is 'Where the removing event came from: a row of whose key a record was parked there is not what it should be.';
comment on column sluice.moved_row.partition is 'Its partition.';
comment on column sluice.moved_row.record_key is 'The key of its message.';
comment on column sluice.moved_row.cells is 'The row as it stood: its columns as texts.';
comment on column sluice.moved_row.kept_at is 'When it was kept.';

create table sluice.held_row (
  table_name text        not null,
  generation integer     not null,
  major      bigint      not null,
  minor      bigint      not null,
  topic      text        not null,
  partition  integer     not null,
  "offset"   bigint      not null,
  cells      jsonb       not null,
  held_at    timestamptz not null default now(),
  number     bigint      generated always as identity,
  primary key (table_name, number)
);
comment on table sluice.held_row is 'Rows that came after another had taken over a value of a unique key from them, by way of another partition; and rows of before a snapshot that were in the way of those since. Their next events free them; what is left when all have caught up did not fit.';
comment on column sluice.held_row.table_name is 'The table, with its schema.';
comment on column sluice.held_row.generation is 'Position of the event, first part.';
comment on column sluice.held_row.major is 'The same, second part.';
comment on column sluice.held_row.minor is 'The same, third part.';
comment on column sluice.held_row.topic is 'Where the event came from; of a row of before a snapshot, that in whose way it was.';
comment on column sluice.held_row.partition is 'Its partition.';
comment on column sluice.held_row."offset" is 'Its offset.';
comment on column sluice.held_row.cells is 'The row as it shall be: its columns as texts.';
comment on column sluice.held_row.held_at is 'When it was held back.';
comment on column sluice.held_row.number is 'Tells rows apart.';

create table sluice.constraint (
  pipeline         text        not null,
  table_name       text        not null,
  name             text        not null,
  kind             text        not null check (kind in ('foreign key', 'trigger')),
  references_table text,
  definition       text        not null,
  remark           text,
  taken_at         timestamptz not null default now(),
  primary key (pipeline, table_name, name, kind)
);
comment on table sluice.constraint is 'What was taken off replicated tables because changes of several topics arrive in no common order. It is put back when the replica has caught up.';
comment on column sluice.constraint.pipeline is 'The pipeline that needs it off. It is put back when none does any more.';
comment on column sluice.constraint.table_name is 'The table it belongs to, quoted, with its schema.';
comment on column sluice.constraint.name is 'Its name.';
comment on column sluice.constraint.kind is 'foreign key: dropped; trigger: disabled.';
comment on column sluice.constraint.references_table is 'The table that a foreign key refers to.';
comment on column sluice.constraint.definition is 'What ALTER TABLE … ADD CONSTRAINT takes for a foreign key; the definition of a trigger, which is still there.';
comment on column sluice.constraint.remark is 'Its comment, which goes with a constraint that is dropped.';
comment on column sluice.constraint.taken_at is 'When it was taken off.';

insert into sluice.schema_version (version, name) values (5, 'replication');

-- Migration 6: users_provenance

-- Where computed values come from, so that a person can tell a given country from a guess.

alter table users_enriched
  add column phone_e164     varchar(20),
  add column country_source varchar(50);
comment on column users_enriched.phone_e164 is 'The phone number in E.164 form, such as +4930901820; null when it is no number of its country.';
comment on column users_enriched.country_source is 'Cells that decided inferred_country: country when it was given, else such as state+postal_code; null when it is null.';

insert into sluice.schema_version (version, name) values (6, 'users_provenance');

-- Migration 7: own_functions

-- Checksums of applied migrations, and the enrichment functions that users bring along.

alter table sluice.schema_version add column checksum text;
comment on column sluice.schema_version.checksum is 'SHA-256 of the migration as it was applied. Null where a version before 0.2.0 applied it and nothing newer has checked it yet.';

create table sluice.own_function (
  column_name text        primary key,
  file        text        not null,
  type        text        not null,
  checksum    text        not null,
  added_at    timestamptz not null default now(),
  changed_at  timestamptz not null default now()
);
comment on table sluice.own_function is 'Enrichment functions of the user''s own: which file fills which column of users_enriched.';
comment on column sluice.own_function.column_name is 'The column of users_enriched that it fills.';
comment on column sluice.own_function.file is 'Name of its file in the folder of --functions.';
comment on column sluice.own_function.type is 'Type of the column, as the file declares it.';
comment on column sluice.own_function.checksum is 'SHA-256 of the file.';
comment on column sluice.own_function.added_at is 'When a pipeline first started with the function.';
comment on column sluice.own_function.changed_at is 'When its file was last found changed. Rows written before may hold values of the earlier file.';

insert into sluice.schema_version (version, name) values (7, 'own_functions');

-- Migration 8: users_quality

-- data_quality tells countries that were only spelled otherwise from those that were inferred.

create or replace view data_quality as
select
  source_system,
  count(*)                                                    as user_count,
  count(*) filter (where email is null or email = '')         as missing_email,
  count(*) filter (where email <> '' and not is_valid_email_flag) as invalid_email,
  count(*) filter (where full_name is null)                   as missing_name,
  count(*) filter (where phone is null or phone = '')         as missing_phone,
  count(*) filter (where country is null or country = '')     as missing_country,
  count(*) filter (where inferred_country is null)            as unresolved_country,
  count(*) filter (where is_repaired)                         as repaired_country,
  count(*) filter (where normalized_email is not null)
    - count(distinct normalized_email)                        as duplicate_email,
  count(*) filter (where is_repaired and is_given)            as respelled_country,
  count(*) filter (where is_repaired and not is_given)        as guessed_country
from (
  -- By name: a view over every column would keep all of them from being changed.
  select source_system, email, is_valid_email_flag, full_name, phone, country, inferred_country, normalized_email, cdc_operation,
    country is distinct from inferred_country and inferred_country is not null as is_repaired,
    -- Rows of 0.1.0 and before may have no country_source.
    coalesce(country_source = 'country', country is not null and country <> '') as is_given
  from users_enriched
) as users
where cdc_operation <> 'DELETE'
group by 1;
comment on column data_quality.repaired_country is 'respelled_country and guessed_country together.';
comment on column data_quality.respelled_country is 'Country given in another spelling than ISO 3166-1 alpha-2, such as USA for US.';
comment on column data_quality.guessed_country is 'Country inferred from other cells, because it was not given or could not be read.';

insert into sluice.schema_version (version, name) values (8, 'users_quality');

-- Migration 9: held_tables

-- Tables whose definition does not take their next change wait for it, while the others go on.

alter table sluice.checkpoint
  add column held_offset     bigint,
  add column held_since      timestamptz,
  add column held_tried_at   timestamptz,
  add column held_table      text,
  add column held_reason     text,
  add column held_statements text;
comment on column sluice.checkpoint.held_offset is 'Offset of a record that did not fit the definition of its table. The partition is held while next_offset stands there.';
comment on column sluice.checkpoint.held_since is 'When the record was first tried.';
comment on column sluice.checkpoint.held_tried_at is 'When it was last tried.';
comment on column sluice.checkpoint.held_table is 'The table, with its schema.';
comment on column sluice.checkpoint.held_reason is 'How its definition differs from that of its source.';
comment on column sluice.checkpoint.held_statements is 'What to run at the target so that the record fits.';

create view sluice.held_table as
select pipeline, topic, partition, held_table as table_name, held_since as since, held_tried_at as tried_at,
       held_reason as reason, held_statements as statements
from sluice.checkpoint where held_offset = next_offset;
comment on view sluice.held_table is 'Tables that wait until their definition takes their next change.';
comment on column sluice.held_table.pipeline is 'Name of the pipeline.';
comment on column sluice.held_table.topic is 'The topic of the table.';
comment on column sluice.held_table.partition is 'The partition whose next record does not fit.';
comment on column sluice.held_table.table_name is 'The table, with its schema.';
comment on column sluice.held_table.since is 'When the record was first tried.';
comment on column sluice.held_table.tried_at is 'When it was last tried.';
comment on column sluice.held_table.reason is 'How the definition of the table differs from that of its source.';
comment on column sluice.held_table.statements is 'What to run at the target so that the record fits.';

insert into sluice.schema_version (version, name) values (9, 'held_tables');

-- Migration 10: resnapshots

-- A snapshot that is taken again does not tell of rows deleted before it: which tables have been looked through for such rows.

alter table sluice.target
  add column settled_lsn bigint,
  add column unseen_rows bigint not null default 0;
comment on column sluice.target.settled_lsn is 'Where the last snapshot began after which rows that it did not have were counted or deleted.';
comment on column sluice.target.unseen_rows is 'Rows that this snapshot did not have and that were kept.';

-- Databases of before have been looked through as far as they had come.
update sluice.target t set settled_lsn = (select max(c.snapshot_lsn) from sluice.checkpoint c where c.topic = t.topic);

insert into sluice.schema_version (version, name) values (10, 'resnapshots');

-- Migration 11: glossary_names

-- Names as the glossary has them: a held row becomes a deferred row, an unseen row a row that is not in the snapshot, and the
-- books of a checkpoint become record counts. Rows, keys, views and grants stay as they are.

do $$ begin
  -- Renamed already: sluice.schema_version has lost its row of this migration.
  if to_regclass('sluice.held_row') is null then return; end if;
  alter table sluice.held_row rename to deferred_row;
  alter table sluice.deferred_row rename column held_at to deferred_at;
  alter table sluice.deferred_row rename constraint held_row_pkey to deferred_row_pkey;
  alter sequence sluice.held_row_number_seq rename to deferred_row_number_seq;
  alter table sluice.target rename column settled_lsn to reconciled_lsn;
  alter table sluice.target rename column unseen_rows to rows_not_in_snapshot;
  alter table sluice.checkpoint rename constraint books_balance to record_counts_balance;
end $$;

comment on table sluice.checkpoint is 'Progress of each partition of a pipeline. Written in the same transaction as its rows.';
comment on column sluice.checkpoint.next_offset is 'Offset of the next record to write.';
comment on column sluice.checkpoint.owner_epoch is 'Raised each time a worker claims the partition. A transaction with an older epoch rolls back.';
comment on column sluice.checkpoint.superseded is 'Records not newer than the row they would have changed: duplicates, replays, late arrivals.';
comment on column sluice.checkpoint.parked is 'Records parked in sluice.dead_letter.';
comment on column sluice.checkpoint.partition_count is 'Partitions of the topic when the partition was last claimed.';
comment on column sluice.checkpoint.generation is 'How many snapshots began after streamed changes or after another snapshot. A position of a higher generation is always newer.';
comment on column sluice.checkpoint.snapshot_lsn is 'LSN at which the last snapshot began. Incremental snapshots do not count.';
comment on column sluice.checkpoint.source_committed_at is 'Commit time, at the source, of the last durable streamed change. Null where events do not carry it.';
comment on column sluice.checkpoint.postponed_at is 'When the next record was last postponed, to wait for another partition of the topic.';
comment on column sluice.checkpoint.postponed_generation is 'Position of the record that was postponed last, first part. Every record before it is done.';
comment on column sluice.checkpoint.held_offset is 'Offset of a record that the definition of its table does not accept. The partition is held while next_offset equals it.';
comment on column sluice.checkpoint.held_statements is 'Statements to run at the target so that the record is accepted.';
comment on view sluice.held_table is 'Tables that wait until their definition accepts their next change.';
comment on column sluice.held_table.partition is 'The partition whose next record is not accepted.';
comment on column sluice.held_table.statements is 'Statements to run at the target so that the record is accepted.';

comment on column sluice.dead_letter.id is 'Number of the dead letter.';
comment on column sluice.dead_letter.topic is 'Topic of the record. After a topic was made again under the same name, "(before epoch N)" follows.';

comment on column sluice.target.expired_at is 'When expired guard rows of deleted keys were last removed.';
comment on column sluice.target.floor_generation is 'Position of the newest TRUNCATE, first part. Older events change nothing.';
comment on column sluice.target.high_count is 'How many events at that position were applied. One statement at the source may write many rows at one position.';
comment on column sluice.target.high_seen is 'How many of these were read again. Lower than high_count while applied events are redelivered.';
comment on column sluice.target.reconciled_lsn is 'LSN at which the last snapshot began for which the rows that it does not contain were counted or deleted.';
comment on column sluice.target.rows_not_in_snapshot is 'Rows that this snapshot does not contain and that were kept.';

comment on table sluice.moved_row is 'Rows whose key changes, kept from the event that deletes the old key to the event that inserts the new one.';
comment on column sluice.moved_row.generation is 'Position of the deleting event, first part.';
comment on column sluice.moved_row.minor is 'The same, third part. The second part is that of streamed events.';
comment on column sluice.moved_row.topic is 'Topic of the deleting event. The row is not used while a record of its key is a dead letter.';
comment on column sluice.moved_row.cells is 'The row before its key changed: its columns as texts.';

comment on table sluice.deferred_row is 'Rows that are kept back because another row has their value of a unique key: rows that arrived after the other partition had given the value away, and rows from before a repeated snapshot. The next event of a row writes it. A row left here when all partitions have caught up does not fit.';
comment on column sluice.deferred_row.topic is 'Topic of the event. For a row from before a repeated snapshot, topic of the event that needed the value.';
comment on column sluice.deferred_row.cells is 'The row to be written: its columns as texts.';
comment on column sluice.deferred_row.deferred_at is 'When it was deferred.';
comment on column sluice.deferred_row.number is 'Makes the primary key unique.';

comment on table sluice.constraint is 'Foreign keys and triggers of replicated tables that are off, because changes of several topics arrive in no common order. They are restored when the replica has caught up.';
comment on column sluice.constraint.pipeline is 'The pipeline that needs it off. It is restored when no pipeline does.';
comment on column sluice.constraint.definition is 'For a foreign key, the text after ALTER TABLE … ADD CONSTRAINT. For a trigger, which stays in the catalogue, its definition.';
comment on column sluice.constraint.remark is 'Comment of the constraint, which is lost when it is dropped.';

insert into sluice.schema_version (version, name) values (11, 'glossary_names');

-- Migration 12: load

-- The ledger of a load, and the rows that a load could not write.

create table sluice.load_chunk (
  source       text        not null,
  table_schema text        not null,
  table_name   text        not null,
  number       integer     not null,
  after_key    text,
  up_to_key    text,
  row_count    bigint      not null,
  refused      bigint      not null,
  loaded_at    timestamptz not null default now(),
  primary key (table_schema, table_name, number)
);
comment on table sluice.load_chunk is 'Parts of tables that a load has written, in the transaction of their rows.';
comment on column sluice.load_chunk.source is 'The database that was read.';
comment on column sluice.load_chunk.table_schema is 'Schema of the table at the source.';
comment on column sluice.load_chunk.table_name is 'Its name.';
comment on column sluice.load_chunk.number is 'Number of the chunk in its table, from 1.';
comment on column sluice.load_chunk.after_key is 'Key after which it begins, as a JSON array; null at the start of the table.';
comment on column sluice.load_chunk.up_to_key is 'Its last key; null at the end of the table.';
comment on column sluice.load_chunk.row_count is 'Rows written.';
comment on column sluice.load_chunk.refused is 'Rows in load_refusal.';
comment on column sluice.load_chunk.loaded_at is 'When it was written.';

create table sluice.load_refusal (
  id           bigint      generated always as identity primary key,
  table_schema text        not null,
  table_name   text        not null,
  chunk        integer     not null,
  code         text        not null,
  reason       text        not null,
  field        text,
  cells        json        not null,
  refused_at   timestamptz not null default now()
);
create index load_refusal_of_chunk on sluice.load_refusal (table_schema, table_name, chunk);
comment on table sluice.load_refusal is 'Rows that a load could not write, whole, with the reason.';
comment on column sluice.load_refusal.id is 'Number of the row.';
comment on column sluice.load_refusal.table_schema is 'Schema of the table at the source.';
comment on column sluice.load_refusal.table_name is 'Its name.';
comment on column sluice.load_refusal.chunk is 'Number of its chunk.';
comment on column sluice.load_refusal.code is 'Code of the reason.';
comment on column sluice.load_refusal.reason is 'The reason as a sentence.';
comment on column sluice.load_refusal.field is 'The column whose value does not fit.';
comment on column sluice.load_refusal.cells is 'The row as a JSON object of texts, as the source writes them.';
comment on column sluice.load_refusal.refused_at is 'When it was refused.';

insert into sluice.schema_version (version, name) values (12, 'load');

update sluice.schema_version as v set checksum = k.checksum from (values
  (1, '484b6377773cf72700e4587d6e2a6959e1effcf2f4a9da340f46ed507ddf69c0'),
  (2, '13fb460a5fa13f98df1eaef4b669110a49f51e328ee68840c845fdd8bc7f53cd'),
  (3, '2671fc4d55a2b6ec2429aa9a7b793dd5c2cae255131f09dd62e4f12867230041'),
  (4, '9961a33915b1d8ee81e1ff91a0498235b1b4da13e0ff32486d483eac08bcb00c'),
  (5, 'b36e3b84be9ab1bb9b32b28b2ca79e95fda4145e22debc047c8ef71004145461'),
  (6, 'a20f52914dbb11b89ede26772646c68c0d98a0e92a36dab5013c89f76910203b'),
  (7, 'be7c6b5047870eb424e24276e07c753c81684a1ada14a8a1afbbb9acbe7a0097'),
  (8, 'ec2ee371ddddc65e01c00a2bfcc17e691e0a7c6f8c8a8805cddf0ab671793b17'),
  (9, '3f7fa041222aca545f5c8178e85b4231195bbc837ec6865b14a306f9a258fe9c'),
  (10, 'af672d73c9cbf81ac570cb2e326facb242fd9b7138b22e432b4f7297ad7ad3eb'),
  (11, '10583358dd579a9644b1570f89de04faa0378bd3d065641e9ccd0127160e6e84'),
  (12, '1657b0fc4b3cb7ba9879916810fe8e7d234dc652fa2e176aec6339ea5c54829d')
) as k (version, checksum) where v.version = k.version and v.checksum is null;

commit;
