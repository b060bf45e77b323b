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
