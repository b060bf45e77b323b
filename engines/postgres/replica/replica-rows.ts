/**
 * Writes the rows of any number of replicated tables. The records of a group get ordinals across all tables and are copied
 * into one staging table for each. Merging a range of ordinals then is one message for all tables.
 */
import type pg from 'pg';
import type { Batch, Claim, SourceProgress } from '../../../pipeline/batch.ts';
import type { Position, Replicated } from '../../../pipeline/change.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { Rejection } from '../../../schemas/rejection.ts';
import { ByTable } from '../../sink/replica/by-table.ts';
import { withDependents } from '../../sink/replica/dependents.ts';
import { planGroup, type TableWork } from '../../sink/replica/group-plan.ts';
import { Layouts, writtenRows } from '../../sink/replica/layouts.ts';
import { PartitionLead } from '../../sink/replica/partition-lead.ts';
import { predatesSnapshot } from '../../sink/replica/predates-snapshot.ts';
import { Reconciliation } from '../../sink/replica/reconciliation.ts';
import type { AfterResnapshot } from '../../sink/replica/snapshots.ts';
import type { Cause, Dependencies, Excluded, Rows, Staged, Unfit } from '../../sink/rows.ts';
import { createSettled } from '../apply/sql/incoming.ts';
import { stagedMerge } from '../apply/staged-merge.ts';
import type { ServerError } from '../catalogue/definition/refusal.ts';
import { copyInto } from '../load/copy.ts';
import { disableConstraints } from './constraints/disable.ts';
import { setReplicaRole } from './constraints/replica-session.ts';
import type { Refused } from './deferred-rows/blocking-rows.ts';
import { deferCollision } from './deferred-rows/defer.ts';
import { readFirstDeadLetters } from './dependencies/first-dead-letters.ts';
import { askOtherPartitions } from './dependencies/other-partitions.ts';
import { createImageTable } from './merge/replace-rows.ts';
import { mergeInRounds, type TableMerge, tableMerge } from './merge/table-merge.ts';
import { snapshotStore } from './snapshots/reconcile.ts';
import { readLastSnapshot } from './snapshots/snapshot-states.ts';
import { copyLines } from './staging/copy-lines.ts';
import { copyIntoStaging, createStagingTable, dropStagingTable } from './staging/staging-table.ts';
import { lockWrittenTables } from './tables/locks.ts';
import { Misfits } from './tables/misfits.ts';
import { tableOfEvent } from './tables/table-of-event.ts';
import { isUnchecked, type TargetTable } from './tables/target-table.ts';
import type { Targets } from './tables/targets.ts';

/** How replicated rows are written. */
export type ReplicaOptions = {
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly targets: Targets;
  readonly logger: Logger;
  /** What is done with rows that a repeated snapshot does not contain. */
  readonly afterResnapshot: AfterResnapshot;
};

/** A session that writes. */
type Session = {
  /** Whether it has the role `replica`, so that foreign keys and triggers need not be disabled. */
  readonly isReplica: boolean;
  /** The tables that have a staging table in the session, as they were when it was created. */
  readonly staged: ByTable<TargetTable>;
  readonly misfits: Misfits;
};

/** Writes to the tables that the events name. */
export class ReplicaRows implements Rows<pg.Client, Replicated>, Dependencies<pg.Client, Replicated> {
  readonly dependencies = this;
  readonly #options: ReplicaOptions;
  readonly #layouts = new Layouts<TargetTable>(isUnchecked);
  readonly #reconciliation: Reconciliation<pg.Client, TargetTable>;
  readonly #lead: PartitionLead<pg.Client>;
  readonly #sessions = new WeakMap<pg.Client, Session>();

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#lead = new PartitionLead(options.pipeline, askOtherPartitions);
    this.#reconciliation = new Reconciliation(snapshotStore, options.afterResnapshot, options.logger);
  }

  async open(client: pg.Client): Promise<void> {
    await client.query(createSettled);
    const misfits = new Misfits(this.#options.targets.options);
    this.#sessions.set(client, { isReplica: await setReplicaRole(client), staged: new ByTable(), misfits });
  }

  async prepare(client: pg.Client, group: readonly Batch<Replicated>[]): Promise<Unfit<Replicated>> {
    const { targets } = this.#options;
    const session = this.#session(client);
    const search = { targets, layouts: this.#layouts, misfits: session.misfits };
    const unfit = new Map<Claim, { readonly record: Replicated; readonly misfit: Misfit }>();
    session.misfits.begin();
    for (const { claim, records } of group) {
      for (const record of records) {
        if (unfit.has(claim)) break;
        const { event, position } = record;
        const target = await tableOfEvent(client, search, { table: event.table, topic: claim.topic, event });
        if (target === null) continue;
        if ('reason' in target) {
          unfit.set(claim, { record, misfit: target });
          continue;
        }
        if (this.#reconciliation.isDue(target, position))
          await this.#reconciliation.reconcile(client, target, claim.topic, position.generation);
        if (session.staged.find(event.table) !== target) await this.#makeStagingTable(client, session, target);
      }
    }
    return unfit;
  }

  async #makeStagingTable(client: pg.Client, { isReplica, staged }: Session, target: TargetTable): Promise<void> {
    const before = staged.find(target.at);
    if (!isReplica) await this.#disableConstraints(client, target);
    if (before) await client.query(dropStagingTable(before));
    await client.query(createStagingTable(target) + createImageTable(target));
    staged.set(target.at, target);
  }

  /** They stay disabled until the replica has caught up. */
  async #disableConstraints(client: pg.Client, { qualified }: TargetTable): Promise<void> {
    const { pipeline, logger } = this.#options;
    const constraints = await disableConstraints(client, pipeline, [qualified]);
    if (constraints.length > 0) logger.warn({ constraints }, 'disabled constraints until the replica has caught up');
  }

  #session(client: pg.Client): Session {
    const session = this.#sessions.get(client);
    if (!session) throw new Error('the session was not opened for a replica');
    return session;
  }

  positionOf({ position }: Replicated): Position {
    return position;
  }

  progressAt({ reached }: Replicated): SourceProgress {
    return reached;
  }

  isLeftOut({ event }: Replicated): boolean {
    return event.leftOut === true;
  }

  async withDependents(client: pg.Client, group: readonly Batch<Replicated>[], known: Excluded): Promise<Excluded> {
    return await withDependents(group, known, this.#session(client).staged, (keys) =>
      readFirstDeadLetters(client, this.#options.pipeline, keys),
    );
  }

  async mustWait(client: pg.Client, claim: Claim, record: Replicated, { code }: Rejection): Promise<boolean> {
    // A row that did not change its key has all of its events in one partition.
    if (code === 'base_row_missing' && record.event.movedFrom === null) return false;
    return await this.#lead.isAhead(client, claim, record);
  }

  async stage(client: pg.Client, group: readonly Batch<Replicated>[], excluded: Excluded): Promise<Staged> {
    const { pipeline } = this.#options;
    const { count, works, rounds } = planGroup(group, excluded, this.#session(client).staged, this.#layouts);
    const deferring = await lockWrittenTables(client, works);
    const merges: TableMerge[] = [];
    for (const work of works) {
      if (work.items.length > 0) await copyInto(client, copyIntoStaging(work.table), copyLines(work, this.#layouts));
      merges.push(await tableMerge(client, work, { pipeline, deferring }));
    }
    return stagedMerge(client, {
      count,
      merge: mergeInRounds(merges, rounds),
      canReplace: true,
      // The steps of a table without a key depend on the records before them, so a parked record changes them.
      isOrdered: works.some(({ table }) => table.key.length === 0),
      mayMissRow: predatesSnapshot(group, (topic) => readLastSnapshot(client, pipeline, topic)),
      deferRow: (ordinal, error) => deferCollision(client, { pipeline, works, deferring }, ordinal, error as Refused),
      causeOf: (error, ordinal) => this.#causeOf(client, works, error as ServerError, ordinal),
    });
  }

  /** What caused an error: the record of this ordinal, or the definition of a table of the group. */
  async #causeOf(
    client: pg.Client,
    works: readonly TableWork<TargetTable>[],
    error: ServerError,
    ordinal: number | null,
  ): Promise<Cause> {
    const { targets } = this.#options;
    const { misfits } = this.#session(client);
    for (const { table, items, truncates } of works) {
      const item = ordinal === null ? undefined : items.find((one) => one.ordinal === ordinal);
      if (ordinal !== null && !item && !truncates.some((one) => one.ordinal === ordinal)) continue;
      const [row = null] = item ? writtenRows(table, item.record.event) : [];
      const found = await misfits.ofRefusal(client, table, row, error);
      if (found === 'record') continue;
      targets.forget(table.at);
      return found;
    }
    return 'record';
  }
}
