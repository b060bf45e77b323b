/**
 * Writes the rows of any number of replicated tables in MySQL and MariaDB. The records of a group get ordinals across all tables and
 * are staged as texts in one temporary table for each. Merging a range of ordinals then is a sequence of statements for each table.
 */
import type { Batch, Claim, SourceProgress } from '../../../pipeline/batch.ts';
import type { Position, Replicated } from '../../../pipeline/change.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Rejection } from '../../../schemas/rejection.ts';
import type { SourceTable } from '../../../schemas/table-name.ts';
import { ByTable } from '../../sink/replica/by-table.ts';
import { withDependents } from '../../sink/replica/dependents.ts';
import { isMove, planGroup, type TableWork } from '../../sink/replica/group-plan.ts';
import { Layouts, writtenRows } from '../../sink/replica/layouts.ts';
import { OpenTransactions } from '../../sink/replica/open-transactions.ts';
import { PartitionLead } from '../../sink/replica/partition-lead.ts';
import { predatesSnapshot } from '../../sink/replica/predates-snapshot.ts';
import { Reconciliation } from '../../sink/replica/reconciliation.ts';
import type { AfterResnapshot } from '../../sink/replica/snapshots.ts';
import type { Cause, Dependencies, Excluded, Rows, Staged, Unfit } from '../../sink/rows.ts';
import type { LogicalType } from '../../types/logical-type.ts';
import type { PolicyConfig } from '../../types/policies.ts';
import type { Session } from '../connection/session.ts';
import { ensureDeferredTable } from './deferred-rows/deferred-table.ts';
import { askOtherPartitions, readFirstDeadLetters, readLastSnapshot } from './dependencies.ts';
import { directMerge } from './direct/direct-merge.ts';
import {
  createDirectTables,
  dropDirectTables,
  emptyDirectTables,
  isSimple,
  takesDirectMerges,
} from './direct/direct-tables.ts';
import { keyedMerge } from './merge/keyed-merge.ts';
import { keylessMerge } from './merge/keyless-merge.ts';
import { stagedMerge, type TableSteps } from './merge/staged-merge.ts';
import { Misfits } from './misfits.ts';
import { snapshotStore } from './snapshots/reconcile.ts';
import { EncodedRows } from './staging/encoded-rows.ts';
import { fillStaging, type Staging, stagingOf } from './staging/fill.ts';
import { createImageTable } from './staging/image-table.ts';
import { createStagingTables, dropStagingTables, emptyStagingTables } from './staging/staging-tables.ts';
import { lockWrittenTables } from './tables/locks.ts';
import { createMovedTable } from './tables/own-tables.ts';
import type { TargetTable } from './tables/target-table.ts';
import { Targets, type TargetsOptions } from './tables/targets.ts';

/** How replicated rows are written. */
export type MysqlReplicaOptions = TargetsOptions & {
  /** Name of the pipeline. */
  readonly pipeline: string;
  /** What is done with rows that a repeated snapshot does not contain. */
  readonly afterResnapshot: AfterResnapshot;
  /** What is done with values that a column cannot hold; they are parked without it. */
  readonly policies?: PolicyConfig;
  /** The type of a column in the source's catalogue. Without it the messages' schemas must do. */
  readonly typeOf?: (table: SourceTable, column: string) => LogicalType | undefined;
  /** Whether a column is NOT NULL in the source's catalogue; undefined if it is unknown. */
  readonly isNotNull?: (table: SourceTable, column: string) => boolean | undefined;
  /** False stages rows by INSERT even where the server takes LOAD DATA LOCAL. */
  readonly useLoadData?: boolean;
};

/** What is known of an open session. */
type Opened = {
  readonly staging: Staging;
  readonly rows: EncodedRows;
  readonly misfits: Misfits;
  /** The tables that have staging tables in the session, as they were when these were created. */
  readonly staged: ByTable<TargetTable>;
  /** Tables whose staging tables have rows, and those whose tables of the direct merge have some. */
  readonly filled: Set<TargetTable>;
  /** Tables that can be merged directly. */
  readonly direct: Set<TargetTable>;
  readonly filledDirectly: Set<TargetTable>;
  /** For tables whose direct merge has failed: the number of groups until it is tried again. */
  readonly setbacks: Map<TargetTable, number>;
  /** Tables for which the table of moved rows was created. */
  readonly moving: Set<TargetTable>;
};

/** Writes to the tables that the events name. */
export class MysqlReplicaRows implements Rows<Session, Replicated>, Dependencies<Session, Replicated> {
  readonly dependencies = this;
  readonly #options: MysqlReplicaOptions;
  readonly #layouts = new Layouts<TargetTable>();
  readonly #targets: Targets;
  readonly #reconciliation: Reconciliation<Session, TargetTable>;
  readonly #lead: PartitionLead<Session>;
  readonly #transactions = new OpenTransactions();
  readonly #sessions = new WeakMap<Session, Opened>();

  constructor(options: MysqlReplicaOptions) {
    this.#options = options;
    this.#targets = new Targets(options, this.#layouts);
    const { afterResnapshot, databaseOf, logger } = options;
    this.#reconciliation = new Reconciliation(snapshotStore(databaseOf), afterResnapshot, logger);
    this.#lead = new PartitionLead(options.pipeline, askOtherPartitions);
  }

  async open(session: Session): Promise<void> {
    const { useLoadData = true } = this.#options;
    const staging = await stagingOf(session);
    this.#sessions.set(session, {
      staging: { ...staging, canLoad: staging.canLoad && useLoadData },
      rows: new EncodedRows(this.#layouts, staging.maxPacketBytes, {
        flavor: session.flavor,
        policies: this.#options.policies ?? { all: {}, columns: {} },
        typeOf: this.#options.typeOf ?? (() => undefined),
      }),
      misfits: new Misfits(this.#options.isNotNull),
      staged: new ByTable(),
      filled: new Set(),
      direct: new Set(),
      filledDirectly: new Set(),
      setbacks: new Map(),
      moving: new Set(),
    });
  }

  async prepare(session: Session, group: readonly Batch<Replicated>[]): Promise<Unfit<Replicated>> {
    const opened = this.#opened(session);
    const { staged, filled, filledDirectly, moving, rows } = opened;
    const unfit = new Map<Claim, { readonly record: Replicated; readonly misfit: Misfit }>();
    rows.clear();
    this.#transactions.note(group);
    for (const table of filled) await emptyStagingTables(session, table);
    filled.clear();
    for (const table of filledDirectly) await emptyDirectTables(session, table);
    filledDirectly.clear();
    for (const { claim, records } of group) {
      for (const record of records) {
        const { event, position } = record;
        const target = await this.#targets.ofEvent(session, { table: event.table, topic: claim.topic, event });
        if (target === null) continue;
        if ('reason' in target) {
          unfit.set(claim, { record, misfit: target });
          break;
        }
        if (this.#reconciliation.isDue(target, position))
          await this.#reconciliation.reconcile(session, target, claim.topic, position.generation);
        if (staged.find(event.table) !== target) await this.#makeStagingTables(session, opened, target);
        if (moving.has(target) || target.key.length === 0 || !isMove(record)) continue;
        await createMovedTable(session, target);
        moving.add(target);
      }
    }
    return unfit;
  }

  async #makeStagingTables(session: Session, { staged, staging, direct }: Opened, target: TargetTable): Promise<void> {
    const before = staged.find(target.at);
    if (before) {
      await dropStagingTables(session, before);
      await dropDirectTables(session, before);
      direct.delete(before);
    }
    await createStagingTables(session, target);
    if (target.canDefer) {
      await ensureDeferredTable(session, target);
      await createImageTable(session, target);
    }
    if (takesDirectMerges(session, staging, target) && (await createDirectTables(session, target))) direct.add(target);
    staged.set(target.at, target);
  }

  #opened(session: Session): Opened {
    const opened = this.#sessions.get(session);
    if (!opened) throw new Error('the session was not opened for a replica');
    return opened;
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

  async withDependents(session: Session, group: readonly Batch<Replicated>[], known: Excluded): Promise<Excluded> {
    const { rows, staged } = this.#opened(session);
    const rejected = rows.encode(group, staged);
    const excluded = [...rejected.keys()].every((origin) => known.has(origin))
      ? known
      : new Map([...rejected, ...known]);
    return await withDependents(group, excluded, staged, (keys) =>
      readFirstDeadLetters(session, this.#options.pipeline, keys),
    );
  }

  async mustWait(session: Session, claim: Claim, record: Replicated, { code }: Rejection): Promise<boolean> {
    // A row that did not change its key has all of its events in one partition.
    if (code === 'base_row_missing' && record.event.movedFrom === null) return false;
    if (code === 'refused_by_database' && this.#transactions.mayContinue(claim, record)) return true;
    return await this.#lead.isAhead(session, claim, record);
  }

  async stage(session: Session, group: readonly Batch<Replicated>[], excluded: Excluded): Promise<Staged> {
    const { pipeline } = this.#options;
    const opened = this.#opened(session);
    const { rows, staged, staging, filled } = opened;
    const { count, works, rounds } = planGroup(group, excluded, staged, this.#layouts);
    const locked = await lockWrittenTables(session, works);
    const deferring = new Set([...locked].flatMap(([table, { hasDeferred }]) => (hasDeferred ? [table] : [])));
    const tables: TableSteps[] = [];
    for (const work of works) {
      const { table } = work;
      const { highWater = null, floor = null, horizon = null } = locked.get(table) ?? {};
      const isDirect = rounds.length === 1 && !deferring.has(table) && mayMergeDirectly(opened, work);
      if (isDirect) opened.filledDirectly.add(table);
      const isKeyed = table.key.length > 0;
      tables.push({
        stage: async () => {
          filled.add(table);
          if (work.items.length > 0) await fillStaging(session, work, rows, staging);
        },
        merge: isKeyed
          ? keyedMerge(work, { pipeline, hasHorizon: horizon !== null, deferring })
          : await keylessMerge(session, work, highWater),
        direct: isDirect ? directMerge(work, rows, { floor, horizon }) : null,
      });
    }
    return stagedMerge(session, {
      ...{ count, works, tables, rounds, deferring },
      forget: ({ at }) => this.#targets.forget(at),
      onDirectFailed: () => {
        for (const { table } of works) opened.setbacks.set(table, groupsAfterSetback);
      },
      mayMissRow: predatesSnapshot(group, (topic) => readLastSnapshot(session, pipeline, topic)),
      causeOf: (error, ordinal) => this.#causeOf(session, works, error, ordinal),
    });
  }

  /** What caused an error: the record of this ordinal, or the definition of a table of the group. */
  async #causeOf(
    session: Session,
    works: readonly TableWork<TargetTable>[],
    error: unknown,
    ordinal: number | null,
  ): Promise<Cause> {
    const { misfits } = this.#opened(session);
    for (const { table, items, truncates } of works) {
      const item = ordinal === null ? undefined : items.find((one) => one.ordinal === ordinal);
      if (ordinal !== null && !item && !truncates.some((one) => one.ordinal === ordinal)) continue;
      const [row = null] = item ? writtenRows(table, item.record.event) : [];
      const found = await misfits.causeOf(session, table, row, error);
      if (found === 'record') continue;
      this.#targets.forget(table.at);
      return found;
    }
    return 'record';
  }
}

/**
 * Groups that are merged in the other way after a direct merge has failed. Records that are read again are all superseded, and each
 * try would be in vain.
 */
const groupsAfterSetback = 10;

/** Whether a direct merge is to be tried. Counts the groups after a setback. */
function mayMergeDirectly({ direct, setbacks }: Opened, work: TableWork<TargetTable>): boolean {
  if (!direct.has(work.table) || !isSimple(work)) return false;
  const left = setbacks.get(work.table) ?? 0;
  if (left > 0) setbacks.set(work.table, left - 1);
  return left === 0;
}
