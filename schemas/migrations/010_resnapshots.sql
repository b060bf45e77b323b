-- A snapshot that is taken again does not tell of rows deleted before it: which tables have been looked through for such rows.

alter table sluice.target
  add column settled_lsn bigint,
  add column unseen_rows bigint not null default 0;
comment on column sluice.target.settled_lsn is 'Where the last snapshot began after which rows that it did not have were counted or deleted.';
comment on column sluice.target.unseen_rows is 'Rows that this snapshot did not have and that were kept.';

-- Databases of before have been looked through as far as they had come.
update sluice.target t set settled_lsn = (select max(c.snapshot_lsn) from sluice.checkpoint c where c.topic = t.topic);
