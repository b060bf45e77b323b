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
