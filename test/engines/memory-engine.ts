/**
 * An in-memory database as an engine. It shows what an engine has to implement, and that neither the pipeline nor another
 * engine depends on the set of engines. Only one connection at a time can be in a transaction.
 */

import type { DeadLetterRow, Engine, Lane, Moved, PartitionProgress } from '../../engines/contract.ts';
import type { Claim } from '../../pipeline/batch.ts';
import {
  addCounts,
  initialProgress,
  type RecordCounts,
  type SourceProgress,
  zeroCounts,
} from '../../pipeline/batch.ts';
import { diagnoser } from '../../pipeline/errors.ts';
import type { Claimed } from '../../pipeline/ports.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { MemoryRow } from './memory-rows.ts';

/** A row of the checkpoint table. */
export type MemoryCheckpoint = {
  readonly pipeline: string;
  readonly topic: string;
  readonly partition: number;
  nextOffset: bigint;
  epoch: bigint;
  clusterId: string | null;
  partitionCount: number | null;
  counts: RecordCounts;
  lastHash: Buffer | null;
  reached: SourceProgress;
  postponed: boolean;
  held: string | null;
};

/** Everything that a transaction changes. */
export type MemoryState = {
  /** Rows of the table, and of its guards, by key. */
  rows: Map<string, MemoryRow>;
  guards: Map<string, { position: readonly [number, bigint, bigint]; deleted: boolean }>;
  /** Position of the last TRUNCATE, which removed all older rows. */
  floor: readonly [number, bigint, bigint];
  checkpoints: Map<string, MemoryCheckpoint>;
  letters: Map<string, DeadLetterRow>;
};

/** An error of this database: a value was refused, or another row has a unique value. */
export class MemoryRefusal extends Error {
  readonly kind: 'value' | 'collision';

  constructor(kind: 'value' | 'collision', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The database. */
export class MemoryDatabase {
  state: MemoryState = {
    rows: new Map(),
    guards: new Map(),
    floor: [0, 0n, 0n],
    checkpoints: new Map(),
    letters: new Map(),
  };
  #last: Promise<unknown> = Promise.resolve();

  /** Runs one transaction after the other. */
  transaction<T>(work: (session: MemorySession) => Promise<T | undefined>): Promise<T | undefined> {
    const result = this.#last.then(async () => {
      const session = { database: this, state: structuredClone(this.state) };
      const answer = await work(session);
      if (answer !== undefined) this.state = session.state;
      return answer;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** An open session; within a transaction its state is not yet that of the database. */
export type MemorySession = { readonly database: MemoryDatabase; state: MemoryState };

const idOf = (pipeline: string, { topic, partition }: Pick<Claim, 'topic' | 'partition'>): string =>
  `${pipeline}/${topic}/${partition}`;

/** The database as a target. */
export const memoryEngine = (database: MemoryDatabase): Engine<MemorySession> => ({
  server: 'a database in memory',
  diagnose: diagnoser(),
  refusalOf: (error) =>
    error instanceof MemoryRefusal
      ? { kind: error.kind, rejection: new Rejection('refused_by_database', error.message) }
      : undefined,
  openLane: (_, prepare) => laneOf(database, prepare),
  checkpoints: {
    async claim(pipeline, request, decide) {
      const answer = await database.transaction(async ({ state: { checkpoints, letters } }) => {
        const { topic, clusterId, partitionCount } = request;
        const isStarted = [...checkpoints.values()].some((one) => one.pipeline === pipeline && one.topic === topic);
        for (const { partition, first, later } of request.partitions) {
          const id = idOf(pipeline, { topic, partition });
          if (!checkpoints.has(id))
            checkpoints.set(id, newCheckpoint(pipeline, topic, partition, isStarted ? later : first));
        }
        const moved: Moved[] = [];
        const claimed: Claimed[] = [];
        for (const partition of [...request.mine].sort((a, b) => a - b)) {
          const found = checkpoints.get(idOf(pipeline, { topic, partition }));
          if (!found) throw new Error(`partition ${partition} is none of the topic`);
          const { nextOffset } = found;
          const before = { partition, nextOffset, clusterId: found.clusterId, partitionCount: found.partitionCount };
          const move = await decide(before);
          if (move) {
            moved.push({ found: before, move });
            found.nextOffset = move.to;
            found.lastHash = null;
            if (move.restarted) letters.clear();
          }
          found.epoch += 1n;
          found.clusterId = clusterId;
          found.partitionCount = partitionCount;
          const { epoch, lastHash, reached } = found;
          claimed.push({ partition, epoch, nextOffset: found.nextOffset, lastHash, reached });
        }
        return { claimed, moved };
      });
      return answer ?? { claimed: [], moved: [] };
    },
    async advance({ state }, pipeline, progress) {
      const lost: Claim[] = [];
      for (const one of progress) {
        const found = state.checkpoints.get(idOf(pipeline, one.claim));
        if (found?.epoch === one.claim.epoch && found.nextOffset === one.from) advance(found, one);
        else lost.push(one.claim);
      }
      return lost;
    },
    async isDurable({ database: { state } }, pipeline, { claim, to }) {
      const found = state.checkpoints.get(idOf(pipeline, claim));
      return found?.epoch === claim.epoch && found.nextOffset === to;
    },
    async notePostponed({ database: { state } }, pipeline, waiting) {
      for (const claim of waiting.keys()) {
        const found = state.checkpoints.get(idOf(pipeline, claim));
        if (found?.epoch === claim.epoch) found.postponed = true;
      }
    },
    async noteHeld({ database: { state } }, pipeline, held) {
      for (const [claim, { reason }] of held) {
        const found = state.checkpoints.get(idOf(pipeline, claim));
        if (found?.epoch === claim.epoch) found.held = reason;
      }
    },
  },
  deadLetters: {
    async insert({ state }, pipeline, rows) {
      for (const row of rows) state.letters.set(`${idOf(pipeline, row)}/${row.offset}`, row);
    },
  },
  // It keeps no guard rows of deleted keys.
  guards: { expire: async () => [] },
});

function laneOf(database: MemoryDatabase, prepare: (session: MemorySession) => Promise<void>): Lane<MemorySession> {
  let opened: MemorySession | undefined;
  const session = async (): Promise<MemorySession> => {
    if (opened === undefined) {
      opened = { database, state: database.state };
      await prepare(opened);
    }
    return opened;
  };
  return {
    session,
    async transaction(work) {
      await session();
      return await database.transaction(work);
    },
    close: async () => {},
  };
}

const newCheckpoint = (pipeline: string, topic: string, partition: number, nextOffset: bigint): MemoryCheckpoint => ({
  pipeline,
  topic,
  partition,
  nextOffset,
  epoch: 0n,
  clusterId: null,
  partitionCount: null,
  counts: zeroCounts,
  lastHash: null,
  reached: initialProgress,
  postponed: false,
  held: null,
});

function advance(found: MemoryCheckpoint, { to, counts, mark, reached }: PartitionProgress): void {
  found.nextOffset = to;
  found.counts = addCounts(found.counts, counts);
  if (mark !== null) found.lastHash = mark === 'unknown' ? null : mark.hash;
  if (reached !== null) found.reached = reached;
}
