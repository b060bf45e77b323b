/** Changes of the stored progress of a stopped pipeline: `sluice reset` and `sluice pipelines remove`. */
import type { Logger } from '../pipeline/ports.ts';

/** The new positions of one topic or file. */
export type TopicReset = {
  readonly topic: string;
  readonly clusterId: string | null;
  readonly partitionCount: number;
  readonly positions: readonly {
    readonly partition: number;
    readonly to: bigint;
    /** Whether the topic has been recreated since the checkpoint, so that its offsets have restarted. */
    readonly restarted: boolean;
  }[];
};

/** Changes over the connection of a `Bookkeeping`. None of them changes a replicated table. */
export interface PipelineAdmin {
  /** Ids of the sessions that are known to write for a pipeline now. A server may not tell all of them. */
  writers(pipeline: string): Promise<readonly string[]>;
  /**
   * Moves the checkpoints of one topic in one transaction. Raises the owner epoch, so that a worker that still runs is fenced.
   * Keeps the counters, which only grow: records that are read again count again. Throws if offsets order the table's rows and
   * have restarted.
   */
  reset(pipeline: string, reset: TopicReset, logger: Logger): Promise<void>;
  /** Removes the checkpoints of a pipeline, and optionally its dead letters. */
  remove(pipeline: string, withDeadLetters: boolean): Promise<void>;
  /** The statements that restore constraints and triggers which a replica has removed. Only Sluice's tables have them. */
  constraintsOff(pipeline: string): Promise<readonly string[]>;
  /** Restores the constraints that the rows satisfy. The others stay in `constraintsOff`. */
  restoreConstraints(pipeline: string): Promise<void>;
  /** Replicated tables that no other pipeline reads, by name, including tables that no pipeline reads any more. */
  tablesOnlyOf(pipeline: string): Promise<readonly string[]>;
  /** Deletes the guard rows, order and kept rows of these tables. */
  forgetTables(tables: readonly string[]): Promise<void>;
  /** Drops Sluice's tables if nothing needs them. Returns the reason why they stay, or undefined. */
  dropIfUnused(): Promise<string | undefined>;
}
