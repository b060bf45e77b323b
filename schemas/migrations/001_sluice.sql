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
