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
