/**
 * The sink on any engine. It writes rows, dead letters, record counts and checkpoints of a group in one transaction, all or
 * nothing (promise 1). It does not write batches of partitions that another worker owns (promise 2).
 */
import { addCounts, type Batch, type Claim, type RecordCounts, zeroCounts } from '../../pipeline/batch.ts';
import type { FromRecord, Position } from '../../pipeline/change.ts';
import type { Diagnose } from '../../pipeline/errors.ts';
import type { Misfit } from '../../pipeline/misfit.ts';
import type { Sink, Written } from '../../pipeline/ports.ts';
import type { Checkpoints, Engine, Lane } from '../contract.ts';
import {
  type Attempt,
  cutBefore,
  type DurableWrite,
  type Group,
  isFirstPart,
  numbered,
  progressOf,
  refusedRecords,
  type Waiting,
  waitingWith,
  withoutExcluded,
} from './attempt.ts';
import { insertDeadLetters } from './dead-letters.ts';
import { type MergeOutcome, mergeGroup, type RefusedRecord } from './merge-group.ts';
import type { Excluded, Rows } from './rows.ts';

/** Steps of a write at which tests may block it or end its session. */
export type WriteStep = 'before copy' | 'after copy' | 'before commit' | 'after commit';

/** Parts that fault tests replace, to prove that the tests fail without them. */
export type SinkParts<S> = {
  /** Advances the checkpoint within the transaction, and only for the owner (promises 1 and 2). */
  readonly advance: Checkpoints<S>['advance'];
  /** Awaited at each step of each transaction. */
  readonly atStep: (step: WriteStep, lane: number) => Promise<void> | undefined;
};

/** What a sink needs. */
export type SinkOptions<S, C extends FromRecord> = {
  readonly engine: Engine<S>;
  /** Name of the pipeline, which is its consumer group. */
  readonly pipeline: string;
  readonly rows: Rows<S, C>;
  readonly parts?: Partial<SinkParts<S>>;
};

const noneExcluded: Excluded = new Map();

/** Writes each group of batches in one transaction. */
export class EngineSink<S, C extends FromRecord> implements Sink<C> {
  readonly server: string;
  readonly diagnose: Diagnose;
  readonly #engine: Engine<S>;
  readonly #pipeline: string;
  readonly #rows: Rows<S, C>;
  readonly #parts: SinkParts<S>;
  readonly #lanes = new Map<number, Lane<S>>();
  /** The last attempt of each lane that may have committed, in case the outcome of its COMMIT is unknown. */
  readonly #attempted = new Map<number, DurableWrite<C>>();

  constructor({ engine, pipeline, rows, parts }: SinkOptions<S, C>) {
    this.server = engine.server;
    this.diagnose = engine.diagnose;
    this.#engine = engine;
    this.#pipeline = pipeline;
    this.#rows = rows;
    this.#parts = {
      advance: (session, name, progress) => engine.checkpoints.advance(session, name, progress),
      atStep: () => undefined,
      ...parts,
    };
  }

  async write(lane: number, group: Group<C>): Promise<Written<C>> {
    const connection = this.#lane(lane);
    const { checkpoints } = this.#engine;
    const durable: Batch<C>[] = [];
    const fenced: Batch<C>[] = [];
    let postponed: Batch<C>[] = [];
    let counts = zeroCounts;
    let rest = group;
    let excluded = noneExcluded;
    const waiting = new Map<Claim, Position>();
    const held = new Map<Claim, Misfit>();
    for (let isDone = false; !isDone && rest.length > 0; ) {
      const attempt = await this.#attempt(lane, connection, rest, excluded);
      switch (attempt.kind) {
        case 'written':
          durable.push(...attempt.settled);
          counts = attempt.progress.reduce((sum, one) => addCounts(sum, one.counts), counts);
          isDone = true;
          break;
        case 'repeat':
          excluded = attempt.excluded;
          break;
        case 'waiting': {
          for (const [claim, { position, misfit }] of attempt.waiting) {
            waiting.set(claim, position);
            if (misfit !== null) held.set(claim, misfit);
          }
          const cut = cutBefore(rest, attempt.waiting, required(this.#rows.dependencies));
          rest = cut.before;
          postponed.push(...cut.from);
          break;
        }
        case 'fenced':
          for (const claim of attempt.claims) {
            const isOfClaim = (batch: Batch<C>) => batch.claim === claim;
            const batches = rest.filter(isOfClaim);
            const done = await this.#alreadyDurable(lane, await connection.session(), claim, batches);
            if (done) {
              durable.push(...done.settled);
              counts = addCounts(counts, done.counts);
            } else {
              fenced.push(...batches.filter((batch) => !isFirstPart(batch)), ...postponed.filter(isOfClaim));
              postponed = postponed.filter((batch) => !isOfClaim(batch));
            }
            rest = rest.filter((batch) => !isOfClaim(batch));
          }
      }
    }
    if (waiting.size > 0) await checkpoints.notePostponed(await connection.session(), this.#pipeline, waiting);
    if (held.size > 0) await checkpoints.noteHeld(await connection.session(), this.#pipeline, held);
    this.#attempted.delete(lane);
    const committed = durable.filter((batch) => !isFirstPart(batch));
    return { committed, begun: durable.filter(isFirstPart), counts, fenced, postponed, held };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
  }

  #lane(number: number): Lane<S> {
    let lane = this.#lanes.get(number);
    if (!lane) {
      lane = this.#engine.openLane(`${this.#pipeline}/lane ${number}`, (session) => this.#rows.open(session));
      this.#lanes.set(number, lane);
    }
    return lane;
  }

  async #attempt(lane: number, connection: Lane<S>, group: Group<C>, known: Excluded): Promise<Attempt<C>> {
    const { advance, atStep } = this.#parts;
    const unfit = await this.#unfit(connection, group);
    if (unfit !== undefined) return unfit;
    let found: Attempt<C> | undefined;
    const written = await connection.transaction(async (session) => {
      await atStep('before copy', lane);
      const attempted = await this.#writeRows(lane, session, group, known);
      if (attempted.kind !== 'written') {
        found = attempted;
        return undefined;
      }
      const claims = await advance(session, this.#pipeline, attempted.progress);
      if (claims.length > 0) {
        found = { kind: 'fenced', claims };
        return undefined;
      }
      // If this COMMIT succeeds but its response is lost, the retry cannot advance the checkpoint and needs these counts.
      this.#attempted.set(lane, attempted);
      await atStep('before commit', lane);
      return attempted;
    });
    if (written) await atStep('after commit', lane);
    return required(written ?? found);
  }

  async #unfit(connection: Lane<S>, group: Group<C>): Promise<Attempt<C> | undefined> {
    const { dependencies } = this.#rows;
    if (dependencies === null) return undefined;
    const unfit = await dependencies.prepare(await connection.session(), group);
    if (unfit.size === 0) return undefined;
    const entries = [...unfit].map(
      ([claim, { record, misfit }]) => [claim, waitingWith(dependencies, record, misfit)] as const,
    );
    return { kind: 'waiting', waiting: new Map(entries) };
  }

  async #writeRows(lane: number, session: S, group: Group<C>, known: Excluded): Promise<Attempt<C>> {
    const { dependencies } = this.#rows;
    const excluded = (await dependencies?.withDependents(session, group, known)) ?? known;
    const staged = await this.#rows.stage(session, group, excluded);
    await this.#parts.atStep('after copy', lane);
    const merged = await mergeGroup(staged, (error) => this.#engine.refusalOf(error));
    if (merged.kind !== 'merged') return this.#notMerged(merged, group, excluded);
    const { applied, refused, isTainted } = merged;
    let all = excluded;
    if (refused.size > 0) {
      const certain = new Map([...refused].filter(([, { maySucceedLater }]) => !maySucceedLater));
      // Around a bad record the group was bisected, so that rows collided whose values were swapped in the other half. Only rows with
      // dependencies can be staged again without a record.
      if (dependencies !== null && certain.size > 0 && certain.size < refused.size)
        return { kind: 'repeat', excluded: new Map([...excluded, ...refusedRecords(group, certain)]) };
      const waiting = await this.#waiting(session, group, refused);
      if (waiting.size > 0) return { kind: 'waiting', waiting };
      all = new Map([...excluded, ...refusedRecords(group, refused)]);
      const further = (await dependencies?.withDependents(session, group, all)) ?? all;
      if (isTainted || further.size > all.size) return { kind: 'repeat', excluded: further };
    }
    const settled = withoutExcluded(group, all);
    await insertDeadLetters(this.#engine.deadLetters, session, this.#pipeline, settled);
    const isLeftOut = (record: C) => dependencies?.isLeftOut(record) ?? false;
    return { kind: 'written', settled, progress: progressOf(settled, applied, isLeftOut) };
  }

  #notMerged(merged: Exclude<MergeOutcome, { kind: 'merged' }>, group: Group<C>, excluded: Excluded): Attempt<C> {
    if (merged.kind === 'altered') return { kind: 'repeat', excluded };
    const [claim, record] = required([...numbered(group)][merged.ordinal]);
    const waiting = waitingWith(required(this.#rows.dependencies), record, merged.misfit);
    return { kind: 'waiting', waiting: new Map([[claim, waiting]]) };
  }

  /** Returns the claims that must wait, each with its first refused record. */
  async #waiting(
    session: S,
    group: Group<C>,
    refused: ReadonlyMap<number, RefusedRecord>,
  ): Promise<Map<Claim, Waiting>> {
    const found = new Map<Claim, Waiting>();
    const { dependencies } = this.#rows;
    if (dependencies === null || ![...refused.values()].some(({ maySucceedLater }) => maySucceedLater)) return found;
    let ordinal = -1;
    for (const [claim, record] of numbered(group)) {
      ordinal += 1;
      const one = refused.get(ordinal);
      if (!one?.maySucceedLater || found.has(claim)) continue;
      if (!(await dependencies.mustWait(session, claim, record, one.rejection))) continue;
      found.set(claim, waitingWith(dependencies, record, null));
    }
    return found;
  }

  /** Returns the batches of a claim as an earlier attempt committed them, or undefined if none did. */
  async #alreadyDurable(
    lane: number,
    session: S,
    claim: Claim,
    batches: Group<C>,
  ): Promise<{ readonly settled: Group<C>; readonly counts: RecordCounts } | undefined> {
    const earlier = this.#attempted.get(lane);
    const progress = earlier?.progress.find((one) => one.claim === claim);
    const to = batches.at(-1)?.to;
    if (!earlier || !progress || progress.to !== to) return undefined;
    if (!(await this.#engine.checkpoints.isDurable(session, this.#pipeline, progress))) return undefined;
    return { settled: earlier.settled.filter((batch) => batch.claim === claim), counts: progress.counts };
  }
}

/** Returns the value. Throws if it is absent, which would be a bug in the sink. */
function required<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the sink lost track of a group');
  return value;
}
