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
