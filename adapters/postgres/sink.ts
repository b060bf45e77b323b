/**
 * The PostgreSQL sink. One transaction per group: COPY into `incoming`, guarded merge, dead letters, checkpoints.
 * Either all of it is durable or none of it is (promise 1); a partition that has another owner is left out (promise 2).
 */
import type pg from 'pg';
import { addBooks, type Batch, type Books, type Claim, emptyBooks } from '../../pipeline/batch.ts';
import type { Change, Parked } from '../../pipeline/change.ts';
import type { Sink, Written } from '../../pipeline/ports.ts';
import type { Rejection } from '../../schemas/rejection.ts';
import type { TableShape } from '../../schemas/table-shape.ts';
import type { Database } from './connection.ts';
import { LaneSession } from './lane-session.ts';
import { mergeGroup } from './merge-group.ts';
import { advanceCheckpoints, alreadyDurable, type Progress } from './sql/advance.ts';
import { insertDeadLetters, type Letter } from './sql/dead-letters.ts';
import { copyText } from './sql/incoming.ts';
import { type MergeStatement, mergeStatement } from './sql/merge.ts';

type Group = readonly Batch<Change>[];

/** What a transaction makes durable: the batches as they end, and the progress of each claim. */
type Made = { readonly settled: Group; readonly progress: readonly Progress[] };

/** What an attempt found: done, or these claims are no longer ours. */
type Attempt = Made | { readonly lost: readonly Claim[] };

/** The moments of a write that a test may hold, kill or cut it at. */
export type WriteStep = 'before copy' | 'after copy' | 'before commit' | 'after commit';

/**
 * The mechanisms behind the promises, as parts that can be taken out. Only fault tests do: with a part replaced by one
 * that does not guard, a test must turn red.
 */
export type SinkParts = {
  /** Promise 3: old never overwrites new. */
  readonly merge: MergeStatement;
  /** Promises 1 and 2: moves the checkpoint within the transaction, and only for the owner. */
  readonly advance: typeof advanceCheckpoints;
  /** Awaited at each step of each transaction. */
  readonly atStep: (step: WriteStep, lane: number) => Promise<void> | undefined;
};

/** What a sink writes to, and in whose name. */
export type SinkOptions = {
  readonly database: Database;
  /** Name of the pipeline, which is its consumer group. */
  readonly pipeline: string;
  readonly table: TableShape;
  readonly parts?: Partial<SinkParts>;
};

/** Writes groups of changes to one table. */
export class PostgresSink implements Sink {
  readonly #database: Database;
  readonly #pipeline: string;
  readonly #table: TableShape;
  readonly #parts: SinkParts;
  readonly #sessions = new Map<number, LaneSession>();
  /** What the last attempt of each lane would have committed: needed when its COMMIT is in doubt. */
  readonly #attempted = new Map<number, Made>();

  constructor({ database, pipeline, table, parts }: SinkOptions) {
    this.#database = database;
    this.#pipeline = pipeline;
    this.#table = table;
    this.#parts = {
      merge: mergeStatement(table),
      advance: advanceCheckpoints,
      atStep: () => undefined,
      ...parts,
    };
  }

  async write(lane: number, group: Group): Promise<Written> {
    const session = this.#session(lane);
    const committed: Batch<Change>[] = [];
    const fenced: Batch<Change>[] = [];
    let books = emptyBooks;
    let rest = group;
    while (rest.length > 0) {
      const attempt = await this.#attempt(lane, session, rest);
      if ('progress' in attempt) {
        committed.push(...attempt.settled);
        books = attempt.progress.reduce((sum, { books: more }) => addBooks(sum, more), books);
        break;
      }
      for (const claim of attempt.lost) {
        const batches = rest.filter((batch) => batch.claim === claim);
        const done = await this.#durableAlready(lane, await session.client(), claim, batches);
        if (done) {
          committed.push(...done.settled);
          books = addBooks(books, done.books);
        } else fenced.push(...batches);
        rest = rest.filter((batch) => batch.claim !== claim);
      }
    }
    this.#attempted.delete(lane);
    return { committed, fenced, books };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  #session(lane: number): LaneSession {
    let session = this.#sessions.get(lane);
    if (!session) {
      session = new LaneSession(this.#database, `${this.#pipeline}/lane ${lane}`, this.#table);
      this.#sessions.set(lane, session);
    }
    return session;
  }

  async #attempt(lane: number, session: LaneSession, group: Group): Promise<Attempt> {
    let lost: readonly Claim[] = [];
    const { advance, atStep } = this.#parts;
    const made = await session.transaction(async (client) => {
      await atStep('before copy', lane);
      const attempted = await this.#writeRows(lane, session, client, group);
      lost = await advance(client, this.#pipeline, attempted.progress);
      if (lost.length > 0) return undefined;
      // A retry whose former COMMIT got through finds nothing to advance, and must still find the books of that attempt.
      this.#attempted.set(lane, attempted);
      await atStep('before commit', lane);
      return attempted;
    });
    if (made) await atStep('after commit', lane);
    return made ?? { lost };
  }

  async #writeRows(lane: number, session: LaneSession, client: pg.Client, group: Group): Promise<Made> {
    const { merge, atStep } = this.#parts;
    const count = group.reduce((sum, batch) => sum + batch.records.length, 0);
    if (count > 0) await session.copy(client, copyText(group, this.#table));
    await atStep('after copy', lane);
    const { applied, refused } = await mergeGroup(client, merge, count);
    const settled = refused.size === 0 ? group : withoutRefused(group, refused);
    const letters: Letter[] = settled.flatMap((batch) => batch.parked.map((one) => ({ ...one, claim: batch.claim })));
    await insertDeadLetters(client, this.#pipeline, letters);
    return { settled, progress: progressOf(settled, applied) };
  }

  /** The batches of a claim as an earlier attempt made them durable, or undefined when it did not. */
  async #durableAlready(
    lane: number,
    client: pg.Client,
    claim: Claim,
    batches: Group,
  ): Promise<{ readonly settled: Group; readonly books: Books } | undefined> {
    const earlier = this.#attempted.get(lane);
    const progress = earlier?.progress.find((one) => one.claim === claim);
    const to = batches.at(-1)?.to;
    if (!earlier || !progress || progress.to !== to) return undefined;
    if (!(await alreadyDurable(client, this.#pipeline, progress))) return undefined;
    return { settled: earlier.settled.filter((batch) => batch.claim === claim), books: progress.books };
  }
}

/** The group with what the database refused, by ordinal, moved from the records to the parked. */
function withoutRefused(group: Group, refused: ReadonlyMap<number, Rejection>): Group {
  let ordinal = 0;
  return group.map((batch) => {
    const records: Change[] = [];
    const parked: Parked[] = [...batch.parked];
    for (const record of batch.records) {
      const rejection = refused.get(ordinal);
      if (rejection) parked.push({ record: record.origin, stage: 'write', rejection });
      else records.push(record);
      ordinal += 1;
    }
    return { ...batch, records, parked };
  });
}

/** Folds the batches of each claim: offsets from the first to the last, books together. */
function progressOf(group: Group, applied: ReadonlyMap<number, number>): readonly Progress[] {
  const byClaim = new Map<Claim, Progress>();
  for (const [index, batch] of group.entries()) {
    const { claim, mark } = batch;
    const before = byClaim.get(claim);
    const written = applied.get(index) ?? 0;
    const books: Books = {
      read: batch.read,
      applied: written,
      superseded: batch.records.length - written,
      filtered: batch.filtered,
      parked: batch.parked.length,
    };
    byClaim.set(claim, {
      claim,
      from: before?.from ?? batch.from,
      to: batch.to,
      books: before ? addBooks(before.books, books) : books,
      mark: mark ?? before?.mark ?? null,
    });
  }
  return [...byClaim.values()];
}
