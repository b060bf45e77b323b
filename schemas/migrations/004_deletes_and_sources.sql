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
