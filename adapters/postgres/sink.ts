/**
 * The PostgreSQL sink. One transaction per group: COPY into `incoming`, guarded merge, dead letters, checkpoints.
 * Either all of it is durable or none of it is (promise 1); a partition that has another owner is left out (promise 2).
 */
import type pg from 'pg';
import { addBooks, type Batch, type Books, type Claim, emptyBooks } from '../../pipeline/batch.ts';
import type { Change } from '../../pipeline/change.ts';
import type { Sink, Written } from '../../pipeline/ports.ts';
import type { TableShape } from '../../schemas/table-shape.ts';
import type { Database } from './connection.ts';
import { LaneSession } from './lane-session.ts';
import { mergeGroup } from './merge-group.ts';
import { advanceCheckpoints, alreadyDurable, type Progress } from './sql/advance.ts';
import { insertDeadLetters, type Letter } from './sql/dead-letters.ts';
import { copyText } from './sql/incoming.ts';
import { type MergeStatement, mergeStatement } from './sql/merge.ts';

type Group = readonly Batch<Change>[];

/** What an attempt found: done, or these claims are no longer ours. */
type Attempt = { readonly progress: readonly Progress[] } | { readonly lost: readonly Claim[] };

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
  readonly #attempted = new Map<number, readonly Progress[]>();

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
        committed.push(...rest);
        books = attempt.progress.reduce((sum, { books: more }) => addBooks(sum, more), books);
        break;
      }
      for (const claim of attempt.lost) {
        const batches = rest.filter((batch) => batch.claim === claim);
        const done = await this.#durableAlready(lane, await session.client(), claim, batches);
        if (done) {
          committed.push(...batches);
          books = addBooks(books, done);
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
    const progress = await session.transaction(async (client) => {
      await atStep('before copy', lane);
      const made = await this.#writeRows(lane, session, client, group);
      lost = await advance(client, this.#pipeline, made);
      if (lost.length > 0) return undefined;
      // A retry whose former COMMIT got through finds nothing to advance, and must still find the books of that attempt.
      this.#attempted.set(lane, made);
      await atStep('before commit', lane);
      return made;
    });
    if (progress) await atStep('after commit', lane);
    return progress ? { progress } : { lost };
  }

  async #writeRows(lane: number, session: LaneSession, client: pg.Client, group: Group): Promise<readonly Progress[]> {
    const { merge, atStep } = this.#parts;
    const records = group.flatMap((batch) => batch.records.map((change) => ({ change, claim: batch.claim })));
    if (records.length > 0) await session.copy(client, copyText(group));
    await atStep('after copy', lane);
    const { applied, refused } = await mergeGroup(client, merge, records.length);
    const letters: Letter[] = group.flatMap((batch) => batch.parked.map((one) => ({ ...one, claim: batch.claim })));
    const refusedBy = new Map<Claim, number>();
    for (const [ordinal, rejection] of refused) {
      const record = records[ordinal];
      if (!record) throw new Error(`the merge refused ordinal ${ordinal} of ${records.length}`);
      letters.push({ record: record.change.origin, stage: 'write', rejection, claim: record.claim });
      refusedBy.set(record.claim, (refusedBy.get(record.claim) ?? 0) + 1);
    }
    await insertDeadLetters(client, this.#pipeline, letters);
    return progressOf(group, applied, refusedBy);
  }

  /** The books of batches that an earlier attempt made durable, or undefined when they are not. */
  async #durableAlready(lane: number, client: pg.Client, claim: Claim, batches: Group): Promise<Books | undefined> {
    const earlier = this.#attempted.get(lane)?.find((progress) => progress.claim === claim);
    const to = batches.at(-1)?.to;
    if (!earlier || earlier.to !== to) return undefined;
    return (await alreadyDurable(client, this.#pipeline, earlier)) ? earlier.books : undefined;
  }
}

/** Folds the batches of each claim: offsets from the first to the last, books together. */
function progressOf(
  group: Group,
  applied: ReadonlyMap<number, number>,
  refusedBy: ReadonlyMap<Claim, number>,
): readonly Progress[] {
  const byClaim = new Map<Claim, Progress>();
  for (const [index, batch] of group.entries()) {
    const { claim, mark } = batch;
    const before = byClaim.get(claim);
    const refused = before ? 0 : (refusedBy.get(claim) ?? 0);
    const written = applied.get(index) ?? 0;
    const books: Books = {
      read: batch.read,
      applied: written,
      superseded: batch.records.length - written - refused,
      filtered: batch.filtered,
      parked: batch.parked.length + refused,
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
