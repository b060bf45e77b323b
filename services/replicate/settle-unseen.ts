/**
 * Deletes or counts rows that a later snapshot did not contain, at the end of `--until-caught-up`. During a run the first
 * change after the snapshot triggers this for its table; tables without such a change need this pass.
 */
import type { Kafka } from 'kafkajs';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { WrittenTable } from '../../engines/sink/replica/layouts.ts';
import type {
  AfterResnapshot,
  FormerRows,
  SnapshotState,
  SnapshotStore,
} from '../../engines/sink/replica/snapshots.ts';
import type { Events } from '../../pipeline/events.ts';
import { noticesTo, type ServiceEvent, type UnseenRowsEvent } from '../events.ts';
import { emptiedTables, isRead, lastSnapshot, readProgress, snapshotWithout } from './snapshot-evidence.ts';

/** A target, with an open session of it that has a long limit for statements: one may delete every row of a table. */
export type Settled<S, T> = { readonly session: S; readonly store: SnapshotStore<S, T> };

/** The pipeline, and what to do with the rows. */
export type SettleOptions = {
  readonly kafka: Kafka;
  readonly pipeline: string;
  readonly source: Database | undefined;
  /** Topics that share the snapshots of one connector. */
  readonly snapshotGroups: readonly ReadonlySet<string>[];
  readonly afterResnapshot: AfterResnapshot;
  readonly events: Events<ServiceEvent>;
};

/** Milliseconds for one statement: it may delete every row of a table. */
export const statementLimitMs = 3_600_000;

/** Higher than any generation. */
const allGenerations = 2 ** 31 - 1;

/** Deletes or counts the rows of all tables of the pipeline, which must not be running. */
export async function settleAtEnd<S, T extends Pick<WrittenTable, 'key'>>(
  { session, store }: Settled<S, T>,
  { pipeline, kafka, source, events, afterResnapshot, snapshotGroups }: SettleOptions,
): Promise<void> {
  const logger = noticesTo(events);
  const states = await store.readStates(session, pipeline);
  const emptied = new Set(source ? await emptiedTables(source, states, logger) : []);
  const { settledTopics, endedSnapshots } = await readProgress(kafka, states);
  const isOver = async ({ topic, partitions }: SnapshotState, missed: string | null): Promise<boolean> =>
    missed === null ? settledTopics.has(topic) : endedSnapshots.has(missed) && (await isRead(kafka, topic, partitions));
  /** Rows of each table that stay although a snapshot does not have them. */
  const kept = new Map<string, number>();
  for (const state of states) {
    const { name, topic } = state;
    const missed = snapshotWithout(state, states, snapshotGroups);
    const former = formerRows(state, emptied.has(state), missed);
    const table = former && (await store.findTarget(session, name));
    const hasKey = (table?.key.length ?? 0) > 0;
    if (!former || !table || (!hasKey && isReplaced(state, former))) {
      kept.set(name, 0);
      continue;
    }
    if (former.why === 'not in the snapshot' && !(await isOver(state, missed))) {
      logger.warn({ table: name }, 'a snapshot is still running, so the rows missing from it are not known yet');
      continue;
    }
    // Nothing tells the rows of a table without a key that were there before the snapshot from those that came after it.
    const why = hasKey || former.why !== 'not in the snapshot' ? former.why : 'without key';
    const what = why === 'without key' ? 'keep' : afterResnapshot;
    const rows = hasKey
      ? await store.reconcileRows(session, table, { ...former, topic }, what)
      : await store.reconcileAllRows(session, table, what);
    if (rows > 0) events.emit({ type: 'unseenRows', table: name, rows, why, isDeleted: what === 'delete' });
    kept.set(name, what === 'delete' ? 0 : rows);
  }
  const newest = lastSnapshot(states) ?? '0';
  for (const [name, rows] of kept) await store.noteReconciled(session, name, newest, rows);
}

/** The rows of a table that a repeated snapshot would have replaced, and how they are known. */
type Former = Omit<FormerRows, 'topic'> & { readonly why: UnseenRowsEvent['why'] };

/** @param missed LSN of a repeated snapshot without a row of the table. */
function formerRows(
  { generation, isLoaded, snapshot, lagging }: SnapshotState,
  isEmptied: boolean,
  missed: string | null,
): Former | undefined {
  if (isEmptied) return { generation: allGenerations, since: null, why: 'source table is empty' };
  if (missed !== null) return { generation: allGenerations, since: missed, why: 'not in the snapshot' };
  const isRepeated = generation > 0 || (isLoaded && snapshot !== null);
  return isRepeated ? { generation, since: lagging ? snapshot : null, why: 'not in the snapshot' } : undefined;
}

/** Whether no row of a table without a key is from before the snapshot: its rows have replaced them, or there was none. */
const isReplaced = ({ snapshot }: SnapshotState, { generation, why }: Former): boolean =>
  why === 'not in the snapshot' && (generation !== allGenerations || snapshot === null);
