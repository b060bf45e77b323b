/** What a target stores of the snapshots of its replicated tables, and what is done after a repeated one (rule 11). */

/** What is done with rows that a repeated snapshot does not contain. */
export type AfterResnapshot = 'keep' | 'delete';

/** Rows of a topic that a snapshot, or a change after it, would have brought. */
export type FormerRows = {
  readonly topic: string;
  /** Generation of the snapshot. Rows of lower generations are meant. */
  readonly generation: number;
  /**
   * LSN at which the snapshot began; null if all partitions were read past it. Rows changed after it are not meant, even
   * with a lower generation: a partition that has no row in the snapshot stays at the generation before.
   */
  readonly since: string | null;
};

/** A replicated table and how far its topic was read. */
export type SnapshotState = {
  /** Its name in `sluice.target`. */
  readonly name: string;
  readonly topic: string;
  /** Above 0 where the snapshot was repeated. */
  readonly generation: number;
  /** Whether rows were loaded without a snapshot. Then even the first snapshot repeats the load. */
  readonly isLoaded: boolean;
  /** LSN at which the last snapshot began, in decimal; null if no row of a snapshot was read. */
  readonly snapshot: string | null;
  /** Whether changes were streamed since the last snapshot. Then it has ended. */
  readonly streamed: boolean;
  /** Whether a partition that has read records has read none since the last snapshot. */
  readonly lagging: boolean;
  readonly partitions: readonly { readonly partition: number; readonly nextOffset: string }[];
};

/** How far all partitions of a topic are. */
export type TopicProgress = {
  /** Whether all of them were read past the snapshot of a generation. */
  readonly isPast: boolean;
  /** LSN at which the last snapshot began, in decimal; null without one. */
  readonly lsn: string | null;
};

/** Reads and settles rows from before repeated snapshots. `S` is an open session, outside of a transaction. `T` is a table. */
export interface SnapshotStore<S, T> {
  /** The tables of a pipeline that are ordered by the LSN of their source, by name. */
  readStates(session: S, pipeline: string): Promise<readonly SnapshotState[]>;
  /** How far the partitions of a topic are. Those that never read a record hold no row of the table. */
  readProgress(session: S, topic: string, generation: number): Promise<TopicProgress>;
  /** A table of the target by its name in `sluice.target`; undefined if it is gone. */
  findTarget(session: S, name: string): Promise<T | undefined>;
  /** Counts rows of a table with a key, and deletes them where that is wanted. Their keys stay guarded. */
  reconcileRows(session: S, table: T, former: FormerRows, what: AfterResnapshot): Promise<number>;
  /** Deletes all rows of a table without a key and returns how many; only counts them where they are kept. */
  reconcileAllRows(session: S, table: T, what: AfterResnapshot): Promise<number>;
  /** Notes that a table is reconciled with the snapshot that began at `lsn`, and how many rows not in it were kept. */
  noteReconciled(session: S, table: string, lsn: string | null, keptRows: number): Promise<void>;
}
