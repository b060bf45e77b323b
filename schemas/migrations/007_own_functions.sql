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
