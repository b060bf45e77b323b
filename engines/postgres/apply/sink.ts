/**
 * The PostgreSQL sink. One transaction per group: COPY into `incoming`, guarded merge, dead letters, checkpoints.
 * Either all of it is durable or none of it is (promise 1); a partition that has another owner is left out (promise 2).
 */

import type pg from 'pg';
import {
  addCounts,
  type Batch,
  type Claim,
  type RecordCounts,
  type SourceProgress,
  zeroCounts,
} from '../../../pipeline/batch.ts';
import type { FromRecord, Parked, Position } from '../../../pipeline/change.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Sink, Written } from '../../../pipeline/ports.ts';
import type { Rejection } from '../../../schemas/rejection.ts';
import { noteHeld } from '../checkpoint/held-tables.ts';
import { advanceCheckpoints, alreadyDurable, type Progress } from '../checkpoint/sql/advance.ts';
import { notePostponed } from '../checkpoint/sql/postpone.ts';
import { type Database, describeServers } from '../connection/connection.ts';
import { LaneSession } from '../connection/lane-session.ts';
import { type DeadLetter, insertDeadLetters } from '../dead-letters/sql/dead-letters.ts';
import { diagnose } from '../errors.ts';
import { mergeGroup } from './merge-group.ts';
import type { Excluded, Rows } from './rows.ts';
import type { MergeStatement } from './sql/merge.ts';

type Group<C> = readonly Batch<C>[];

/** What a transaction makes durable: the batches as they end, and the progress of each claim. */
type Made<C> = { readonly settled: Group<C>; readonly progress: readonly Progress[] };

/**
 * What an attempt found: done; or these claims are no longer ours; or more records cannot be applied than it began with,
 * so that what it did with their neighbours was wrong.
 */
type Attempt<C> =
  | Made<C>
  | { readonly lost: readonly Claim[] }
  | { readonly excluded: Excluded }
  /** Or these claims wait from an offset on for other partitions, or for the definition of a table. */
  | { readonly waiting: ReadonlyMap<Claim, Waiting> }
  /** Or a table was altered since it was last looked at. */
  | { readonly altered: true };

/** The record that a claim waits with: its offset, its place at the source, and what does not fit it. */
type Waiting = { readonly offset: bigint; readonly position: Position | undefined; readonly misfit?: Misfit };

/** The moments of a write that a test may hold, kill or cut it at. */
export type WriteStep = 'before copy' | 'after copy' | 'before commit' | 'after commit';

/**
 * The mechanisms behind the promises, as parts that can be taken out. Only fault tests do: with a part replaced by one
 * that does not guard, a test must turn red.
 */
export type SinkParts = {
  /** Promise 3: old never overwrites new. */
  readonly merge: MergeStatement | null;
  /** Promises 1 and 2: moves the checkpoint within the transaction, and only for the owner. */
  readonly advance: typeof advanceCheckpoints;
  /** Awaited at each step of each transaction. */
  readonly atStep: (step: WriteStep, lane: number) => Promise<void> | undefined;
};

/** What a sink writes to, and in whose name. */
export type SinkOptions<C extends FromRecord> = {
  readonly database: Database;
  /** Name of the pipeline, which is its consumer group. */
  readonly pipeline: string;
  readonly rows: Rows<C>;
  readonly parts?: Partial<SinkParts>;
};

const none: Excluded = new Map();

/** Writes groups of records in one transaction each. */
export class PostgresSink<C extends FromRecord> implements Sink<C> {
  readonly server: string;
  readonly diagnose = diagnose;
  readonly #database: Database;
  readonly #pipeline: string;
  readonly #rows: Rows<C>;
  readonly #parts: SinkParts;
  readonly #sessions = new Map<number, LaneSession>();
  /** What the last attempt of each lane would have committed: needed when its COMMIT is in doubt. */
  readonly #attempted = new Map<number, Made<C>>();

  constructor({ database, pipeline, rows, parts }: SinkOptions<C>) {
    this.server = `PostgreSQL at ${describeServers(database)}`;
    this.#database = database;
    this.#pipeline = pipeline;
    this.#rows = rows;
    this.#parts = {
      merge: null,
      advance: advanceCheckpoints,
      atStep: () => undefined,
      ...parts,
    };
  }

  async write(lane: number, group: Group<C>): Promise<Written<C>> {
    const session = this.#session(lane);
    const committed: Batch<C>[] = [];
    const fenced: Batch<C>[] = [];
    const postponed: Batch<C>[] = [];
    let books = zeroCounts;
    let rest = group;
    let excluded = none;
    const waiting = new Map<Claim, Position | undefined>();
    const held = new Map<Claim, Misfit>();
    while (rest.length > 0) {
      const attempt = await this.#attempt(lane, session, rest, excluded);
      if ('progress' in attempt) {
        committed.push(...attempt.settled);
        books = attempt.progress.reduce((sum, { books: more }) => addCounts(sum, more), books);
        break;
      }
      if ('excluded' in attempt) {
        excluded = attempt.excluded;
        continue;
      }
      if ('altered' in attempt) continue;
      if ('waiting' in attempt) {
        for (const [claim, { position, misfit }] of attempt.waiting) {
          waiting.set(claim, position);
          if (misfit) held.set(claim, misfit);
        }
        const cut = cutBefore(rest, attempt.waiting);
        rest = cut.before;
        postponed.push(...cut.from);
        continue;
      }
      for (const claim of attempt.lost) {
        const batches = rest.filter((batch) => batch.claim === claim);
        const done = await this.#durableAlready(lane, await session.client(), claim, batches);
        if (done) {
          committed.push(...done.settled);
          books = addCounts(books, done.books);
        } else fenced.push(...batches);
        rest = rest.filter((batch) => batch.claim !== claim);
      }
    }
    if (waiting.size > 0) await notePostponed(await session.client(), this.#pipeline, waiting);
    if (held.size > 0) await noteHeld(await session.client(), this.#pipeline, held);
    this.#attempted.delete(lane);
    return { committed, fenced, postponed, books, ...(held.size > 0 ? { held } : {}) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  #session(lane: number): LaneSession {
    let session = this.#sessions.get(lane);
    if (!session) {
      session = new LaneSession(this.#database, `${this.#pipeline}/lane ${lane}`, (client) => this.#rows.open(client));
      this.#sessions.set(lane, session);
    }
    return session;
  }

  async #attempt(lane: number, session: LaneSession, group: Group<C>, known: Excluded): Promise<Attempt<C>> {
    let found: Exclude<Attempt<C>, Made<C>> = { lost: [] };
    const { advance, atStep } = this.#parts;
    const unfit = await this.#rows.prepare?.(await session.client(), group);
    if (unfit !== undefined && unfit.size > 0) {
      const entries = [...unfit].map(([claim, { record, misfit }]) => [claim, waitingWith(record, misfit)] as const);
      return { waiting: new Map(entries) };
    }
    const made = await session.transaction(async (client) => {
      await atStep('before copy', lane);
      const attempted = await this.#writeRows(lane, client, group, known);
      if (!('progress' in attempted)) {
        found = attempted;
        return undefined;
      }
      const lost = await advance(client, this.#pipeline, attempted.progress);
      if (lost.length > 0) {
        found = { lost };
        return undefined;
      }
      // A retry whose former COMMIT got through finds nothing to advance, and must still find the books of that attempt.
      this.#attempted.set(lane, attempted);
      await atStep('before commit', lane);
      return attempted;
    });
    if (made) await atStep('after commit', lane);
    return made ?? found;
  }

  async #writeRows(
    lane: number,
    client: pg.Client,
    group: Group<C>,
    known: Excluded,
  ): Promise<Exclude<Attempt<C>, { readonly lost: readonly Claim[] }>> {
    const { merge, atStep } = this.#parts;
    const rows = this.#rows;
    const excluded = (await rows.withDependents?.(client, group, known)) ?? known;
    const staged = await rows.stage(client, group, excluded);
    await atStep('after copy', lane);
    const { redo = false } = staged;
    const merged = await mergeGroup(client, merge ? { ...staged, merge } : staged);
    if ('altered' in merged) return merged;
    if ('misfit' in merged) return { waiting: waitingAt(group, merged.ordinal, merged.misfit) };
    const { applied, refused, again, early } = merged;
    let all = excluded;
    if (refused.size > 0) {
      const waiting = await this.#waiting(client, group, refused, early);
      if (waiting.size > 0) return { waiting };
      all = new Map([...excluded, ...recordsOf(group, refused)]);
      const further = (await rows.withDependents?.(client, group, all)) ?? all;
      if (again || redo || further.size > all.size) return { excluded: further };
    }
    const settled = all.size === 0 ? group : withoutExcluded(group, all);
    const letters: DeadLetter[] = settled.flatMap((batch) =>
      batch.parked.map((one) => ({ ...one, claim: batch.claim })),
    );
    await insertDeadLetters(client, this.#pipeline, letters);
    return { settled, progress: progressOf(settled, applied, (record) => rows.isLeftOut?.(record) ?? false) };
  }

  /** Where the first of these ordinals that is to wait stands, for each claim that has one. */
  async #waiting(
    client: pg.Client,
    group: Group<C>,
    refused: ReadonlyMap<number, Rejection>,
    early: ReadonlySet<number>,
  ): Promise<Map<Claim, Waiting>> {
    const found = new Map<Claim, Waiting>();
    if (!this.#rows.waits || early.size === 0) return found;
    let ordinal = -1;
    for (const { claim, records } of group) {
      for (const record of records) {
        ordinal += 1;
        const rejection = refused.get(ordinal);
        if (!rejection || !early.has(ordinal) || found.has(claim)) continue;
        if (!(await this.#rows.waits(client, claim, record, rejection))) continue;
        found.set(claim, waitingWith(record));
      }
    }
    return found;
  }

  /** The batches of a claim as an earlier attempt made them durable, or undefined when it did not. */
  async #durableAlready(
    lane: number,
    client: pg.Client,
    claim: Claim,
    batches: Group<C>,
  ): Promise<{ readonly settled: Group<C>; readonly books: RecordCounts } | undefined> {
    const earlier = this.#attempted.get(lane);
    const progress = earlier?.progress.find((one) => one.claim === claim);
    const to = batches.at(-1)?.to;
    if (!earlier || !progress || progress.to !== to) return undefined;
    if (!(await alreadyDurable(client, this.#pipeline, progress))) return undefined;
    return { settled: earlier.settled.filter((batch) => batch.claim === claim), books: progress.books };
  }
}

function waitingWith(record: FromRecord, misfit?: Misfit): Waiting {
  const position = 'position' in record ? (record.position as Position) : undefined;
  return { offset: BigInt(record.origin.offset), position, ...(misfit === undefined ? {} : { misfit }) };
}

/** The claim of an ordinal, which waits with its record. */
function waitingAt<C extends FromRecord>(group: Group<C>, at: number, misfit: Misfit): ReadonlyMap<Claim, Waiting> {
  let first = 0;
  for (const { claim, records } of group) {
    const record = records[at - first];
    if (record !== undefined) return new Map([[claim, waitingWith(record, misfit)]]);
    first += records.length;
  }
  throw new Error(`the group has no record ${at}`);
}

/** The records behind ordinals of a group. */
function* recordsOf<C extends FromRecord>(
  group: Group<C>,
  refused: ReadonlyMap<number, Rejection>,
): Generator<readonly [C['origin'], Rejection]> {
  let ordinal = 0;
  for (const { records } of group) {
    for (const { origin } of records) {
      const rejection = refused.get(ordinal);
      if (rejection) yield [origin, rejection];
      ordinal += 1;
    }
  }
}

/** The group up to an offset of some claims, and the batches that hold the rest. */
function cutBefore<C extends FromRecord>(group: Group<C>, waiting: ReadonlyMap<Claim, Waiting>) {
  const before: Batch<C>[] = [];
  const from: Batch<C>[] = [];
  for (const batch of group) {
    const end = waiting.get(batch.claim)?.offset;
    if (end === undefined || batch.to <= end) {
      before.push(batch);
      continue;
    }
    // Of a beginning the whole is given back already.
    if (!batch.part) from.push(batch);
    if (batch.from < end) before.push(beginning(batch, end));
  }
  return { before, from };
}

/** A batch up to an offset. What is known of its last record, and of the source then, is not known of this. */
function beginning<C extends FromRecord>(batch: Batch<C>, end: bigint): Batch<C> {
  const isBefore = (offset: string) => BigInt(offset) < end;
  const records = batch.records.filter(({ origin }) => isBefore(origin.offset));
  const parked = batch.parked.filter(({ record }) => isBefore(record.offset));
  const filteredAt = (batch.filteredAt ?? []).filter(isBefore);
  const filtered = filteredAt.length;
  const read = records.length + parked.length + filtered;
  const last = records.at(-1);
  const reached = last !== undefined && 'reached' in last ? (last.reached as SourceProgress) : undefined;
  const { reached: _, ...rest } = batch;
  const cut = { ...rest, to: end, read, records, parked, filtered, filteredAt, mark: null, part: true } as const;
  return reached === undefined ? cut : { ...cut, reached };
}

/** The group with what cannot be applied moved from the records to the parked. */
const withoutExcluded = <C extends FromRecord>(group: Group<C>, excluded: Excluded): Group<C> =>
  group.map((batch) => {
    const records: C[] = [];
    const parked: Parked[] = [...batch.parked];
    for (const record of batch.records) {
      const rejection = excluded.get(record.origin);
      if (rejection) parked.push({ record: record.origin, stage: 'write', rejection });
      else records.push(record);
    }
    return { ...batch, records, parked };
  });

/** Folds the batches of each claim: offsets from the first to the last, books together. */
function progressOf<C>(
  group: Group<C>,
  applied: ReadonlyMap<number, number>,
  isLeftOut: (record: C) => boolean,
): readonly Progress[] {
  const byClaim = new Map<Claim, Progress>();
  for (const [index, batch] of group.entries()) {
    const { claim, mark, reached, part } = batch;
    const before = byClaim.get(claim);
    const written = applied.get(index) ?? 0;
    const leftOut = batch.records.reduce((count, record) => (isLeftOut(record) ? count + 1 : count), 0);
    const books: RecordCounts = {
      read: batch.read,
      applied: written,
      superseded: batch.records.length - leftOut - written,
      filtered: batch.filtered + leftOut,
      parked: batch.parked.length,
    };
    byClaim.set(claim, {
      claim,
      from: before?.from ?? batch.from,
      to: batch.to,
      books: before ? addCounts(before.books, books) : books,
      mark: part ? 'unknown' : (mark ?? before?.mark ?? null),
      reached: reached ?? before?.reached ?? null,
    });
  }
  return [...byClaim.values()];
}
