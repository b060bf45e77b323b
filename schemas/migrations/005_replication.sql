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
  add column high_count       integer;
comment on column sluice.target.table_name is 'The table, with its schema where it is replicated.';
comment on column sluice.target.order_by is 'What orders the events of one key: sequence, timestamp, offset, or lsn, the place in the log of a replicated source.';
comment on column sluice.target.floor_generation is 'Position of the newest TRUNCATE, first part: older events change nothing.';
comment on column sluice.target.floor_major is 'The same, second part.';
comment on column sluice.target.floor_minor is 'The same, third part.';
comment on column sluice.target.high_generation is 'Position of the newest event of a table without a key, first part.';
comment on column sluice.target.high_major is 'The same, second part.';
comment on column sluice.target.high_minor is 'The same, third part.';
comment on column sluice.target.high_count is 'How many events of that position were taken: one statement at the source may write many rows at one place of its log.';

alter table sluice.checkpoint
  add column generation          integer not null default 0,
  add column streamed            boolean not null default false,
  add column source_committed_at timestamptz;
comment on column sluice.checkpoint.generation is 'How often a snapshot has begun after streamed events: positions of a later one win over all before.';
comment on column sluice.checkpoint.streamed is 'Whether changes have been streamed since the snapshot of this generation.';
comment on column sluice.checkpoint.source_committed_at is 'When the last durable event was committed at its source, where events tell it.';
