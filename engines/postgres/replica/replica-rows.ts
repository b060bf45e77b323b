/**
 * Rows of any number of replicated tables. All of a group goes to stage tables, one for each table, numbered through;
 * the merge of a range of numbers is then one message for all of them.
 */
import type pg from 'pg';
import { type Row, unchanged } from '../../../formats/debezium/row-event.ts';
import type { Batch, Claim, SourceProgress } from '../../../pipeline/batch.ts';
import type { Position, Replicated } from '../../../pipeline/change.ts';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import type { Rejection } from '../../../schemas/rejection.ts';
import type { Cause, Dependencies, Excluded, MergeAnswer, Rows, Staged, Unfit } from '../../sink/rows.ts';
import { isCollision } from '../apply/refusal.ts';
import { createSettled } from '../apply/sql/incoming.ts';
import { stagedMerge } from '../apply/staged-merge.ts';
import type { ServerError } from '../catalogue/definition/refusal.ts';
import { guardTable } from '../guards/guard-table.ts';
import { copyInto } from '../load/copy.ts';
import { ByTable } from './by-table.ts';
import { asReplica } from './constraints.ts';
import { takeOff } from './constraints-off.ts';
import { keyRow, withDependents } from './dependents.ts';
import { fillFromHeld, forgetHeld, holdImage, holdStanding, type Refused, whoIsLate } from './held-rows.ts';
import { createImages, keyedMerge, setBack } from './keyed-merge.ts';
import { keylessMerge, readHighWater, stepsOf, writeHighWater } from './keyless.ts';
import { Layouts, writtenRows } from './layouts.ts';
import { Misfits } from './misfits.ts';
import { moveRows } from './moves.ts';
import { PartitionLead } from './partition-lead.ts';
import { contentOf, type Numbered, onlyTakesAway, planGroup, type Work } from './plan.ts';
import { predatesSnapshot } from './predates-snapshot.ts';
import { copyStage, createStage, dropStage, stageLine } from './stage.ts';
import { lockTable, lockTables } from './table-lock.ts';
import type { TargetTable } from './target-table.ts';
import { orderOf, type Sighting, type Targets } from './targets.ts';
import { truncateBelow } from './truncate.ts';
import { type AfterResnapshot, settleUnseen } from './unseen.ts';

/** What replicated rows are written with. */
export type ReplicaOptions = {
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly targets: Targets;
  readonly logger: Logger;
  /** What becomes of rows that a later snapshot does not have any more. */
  readonly afterResnapshot: AfterResnapshot;
};

/** Whether a session leaves foreign keys and triggers aside by itself, and the tables as they have their stage in it. */
type Session = { readonly asReplica: boolean; readonly staged: ByTable<TargetTable>; readonly misfits: Misfits };

/** Milliseconds between two looks whether all partitions have come past a snapshot. */
const lookInterval = 1_000;

/** Statements of one table for a range of ordinals. */
type TableMerge = (first: number, last: number, replacing: boolean) => readonly string[];

/** Writes to the tables that the events name. */
export class ReplicaRows implements Rows<pg.Client, Replicated>, Dependencies<pg.Client, Replicated> {
  readonly dependencies = this;
  readonly #options: ReplicaOptions;
  readonly #layouts = new Layouts();
  /** The generation whose unseen deletions are settled, by table, and when it was last looked whether they can be. */
  readonly #settled = new Map<string, number>();
  readonly #looked = new Map<string, number>();
  readonly #lead: PartitionLead;
  readonly #sessions = new WeakMap<pg.Client, Session>();

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#lead = new PartitionLead(options.pipeline);
  }

  async open(client: pg.Client): Promise<void> {
    await client.query(createSettled);
    const misfits = new Misfits(this.#options.targets.options);
    this.#sessions.set(client, { asReplica: await asReplica(client), staged: new ByTable(), misfits });
  }

  async prepare(client: pg.Client, group: readonly Batch<Replicated>[]): Promise<Unfit<Replicated>> {
    const session = this.#session(client);
    const unfit = new Map<Claim, { readonly record: Replicated; readonly misfit: Misfit }>();
    session.misfits.begin();
    for (const { claim, records } of group) {
      for (const record of records) {
        if (unfit.has(claim)) break;
        const { event, position } = record;
        const target = await this.#target(client, { table: event.table, topic: claim.topic, event });
        if (target === null) continue;
        if ('reason' in target) {
          unfit.set(claim, { record, misfit: target });
          continue;
        }
        if (orderOf(event) !== target.orderBy) throw anotherOrder(target);
        if (position.generation > 0 && position.major !== '0')
          await this.#settleUnseen(client, target, claim, position);
        if (session.staged.find(event.table) !== target) await this.#makeStage(client, session, target);
      }
    }
    return unfit;
  }

  /**
   * The table of an event, looked up again where the event has columns that it did not have; what is wrong with it; or
   * null where there is nothing to do.
   */
  async #target(client: pg.Client, sighting: Sighting): Promise<TargetTable | Misfit | null> {
    const { targets } = this.#options;
    const { table, event } = sighting;
    const known = targets.find(table);
    if (known && this.#layouts.takes(known, event)) return known;
    if (known) targets.forget(table);
    // Whether it is there or has to be made, what only takes rows away tells least of it.
    else if (onlyTakesAway(event) && !(await targets.isThere(client, table))) return null;
    const target = await targets.ensure(client, sighting);
    if ('reason' in target) return target;
    const unfit = this.#layouts.unfit(target, event);
    const missingKey = this.#layouts.missingKey(target, event);
    if (!unfit && missingKey.length === 0) return target;
    // Until it is altered it is looked up with every attempt.
    targets.forget(table);
    if (!unfit) return anotherKey(target, missingKey);
    return await this.#session(client).misfits.ofColumns(client, target, unfit.row, unfit.columns);
  }

  async #makeStage(client: pg.Client, { asReplica: aside, staged }: Session, target: TargetTable): Promise<void> {
    const before = staged.find(target.at);
    if (!aside) await this.#takeConstraintsOff(client, target);
    if (before) await client.query(dropStage(before));
    await client.query(createStage(target) + createImages(target));
    staged.set(target.at, target);
  }

  #session(client: pg.Client): Session {
    const session = this.#sessions.get(client);
    if (!session) throw new Error('the session was not opened for a replica');
    return session;
  }

  async #settleUnseen(
    client: pg.Client,
    target: TargetTable,
    { topic }: Claim,
    { generation }: Position,
  ): Promise<void> {
    const { afterResnapshot, logger } = this.#options;
    if (target.key.length === 0 || (this.#settled.get(target.name) ?? 0) >= generation) return;
    const now = performance.now();
    if (now - (this.#looked.get(target.name) ?? Number.NEGATIVE_INFINITY) < lookInterval) return;
    this.#looked.set(target.name, now);
    const unseen = await settleUnseen(client, target, topic, generation, afterResnapshot);
    if (unseen === 'too early') return;
    this.#settled.set(target.name, generation);
    const what =
      afterResnapshot === 'keep'
        ? 'are not in the snapshot that was taken again, and stay'
        : 'were not in the snapshot that was taken again, and are deleted';
    if (unseen > 0) logger.warn({ table: target.name, rows: unseen }, `rows ${what}`);
  }

  /** Where the session cannot leave foreign keys and triggers aside, they are off until the replica has caught up. */
  async #takeConstraintsOff(client: pg.Client, { qualified }: TargetTable): Promise<void> {
    const { pipeline, logger } = this.#options;
    const off = await takeOff(client, pipeline, [qualified]);
    if (off.length > 0) logger.warn({ constraints: off }, 'took constraints off until the replica has caught up');
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
    return await withDependents(client, this.#options.pipeline, group, known, this.#session(client).staged);
  }

  async mustWait(client: pg.Client, claim: Claim, record: Replicated, { code }: Rejection): Promise<boolean> {
    // A row that is there under its own key has all of its events in one partition.
    if (code === 'base_row_missing' && record.event.movedFrom === null) return false;
    return await this.#lead.isAhead(client, claim, record);
  }

  async stage(client: pg.Client, group: readonly Batch<Replicated>[], excluded: Excluded): Promise<Staged> {
    const { count, works, rounds } = planGroup(group, excluded, this.#session(client).staged, this.#layouts);
    const held = await takeLocks(client, works);
    const merges: TableMerge[] = [];
    for (const work of works) {
      if (work.items.length > 0) await copyInto(client, copyStage(work.table), linesOf(work, this.#layouts));
      merges.push(work.table.key.length > 0 ? keyed(work, held, this.#options.pipeline) : await keyless(client, work));
    }
    const merge = (from: number, to: number, replacing = false): string => {
      const statements = rounds.flatMap(({ first, last }) => {
        const [a, b] = [Math.max(from, first), Math.min(to, last)];
        return a > b ? [] : merges.flatMap((one) => one(a, b, replacing));
      });
      return statements.length === 0 ? 'select where false' : statements.join(';\n');
    };
    // Without a key the rows of a refused record's neighbours are found by what came before it.
    const isOrdered = works.some(({ table }) => table.key.length === 0);
    return stagedMerge(client, {
      count,
      merge,
      canReplace: true,
      isOrdered,
      mayMissRow: predatesSnapshot(client, this.#options.pipeline, group),
      deferRow: (ordinal, error) => this.#holdBack(client, works, held, ordinal, error as Refused),
      causeOf: (error, ordinal) => this.#causeOf(client, works, error as ServerError, ordinal),
    });
  }

  /** What an error comes of: that of the record with this ordinal, or of all of them together. */
  async #causeOf(
    client: pg.Client,
    works: readonly Work[],
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

  /**
   * A row that is not written because another has taken over from it since, by way of another partition (rule 22); or one
   * that is written because those in its way are of before a snapshot that was taken again (rule 11).
   */
  async #holdBack(
    client: pg.Client,
    works: readonly Work[],
    held: Set<TargetTable>,
    ordinal: number,
    refused: Refused,
  ): Promise<readonly MergeAnswer[] | undefined> {
    const work = works.find(({ table, items }) => table.key.length > 0 && anyWithin(items, ordinal, ordinal));
    const item = work?.items.find((one) => one.ordinal === ordinal);
    if (!work || !item) return undefined;
    const { table } = work;
    const range = rangeOf(ordinal, ordinal);
    const { aside, remove, write, clear } = setBack(table, contentOf(work), range);
    const before = beforeMerge(work, held, this.#options.pipeline, ordinal, ordinal);
    const statements = [...before, aside, forgetHeld(table, range), remove].join(';\n');
    const results = (await client.query(statements)) as unknown as pg.QueryResult<MergeAnswer>[];
    const answers = results.flatMap(({ rows }) => rows);
    held.add(table);
    for (let by: Refused | undefined = refused; by !== undefined; ) {
      const late = await whoIsLate(client, table, item.record.position, by);
      if (late === undefined) return undefined;
      if (late === 'coming') {
        await client.query(`${holdImage(table, item)}; ${clear}`);
        return answers;
      }
      // They may be rows of other lanes, which must know of it before the next events of these.
      await client.query(lockTable(table.name));
      const gone = await holdStanding(client, table, item, by);
      // A trigger of the target may keep a row from going: then it would be in the way for ever.
      if (gone === 0) return undefined;
      by = await collisionOf(client, `${write}; ${clear}`);
    }
    return answers;
  }
}

/** Runs statements, and answers by what another row is in the way, where it is. */
async function collisionOf(client: pg.Client, sql: string): Promise<Refused | undefined> {
  await client.query('savepoint written');
  try {
    await client.query(`${sql}; release savepoint written`);
    return undefined;
  } catch (error) {
    if (!isCollision(error)) throw error;
    await client.query('rollback to savepoint written; release savepoint written');
    return error as Refused;
  }
}

const anotherKey = ({ name }: TargetTable, columns: readonly string[]): Misfit => ({
  table: name,
  reason: `its primary key has ${columns.map((one) => `"${one}"`).join(', ')}, which the source does not have`,
  statements: [],
  note: `Rows cannot be told apart by another key. Rename or drop the table, its guard ${guardTable(name)} and its row of sluice.target, so that it is made again, and take a snapshot.`,
});

const anotherOrder = ({ name, orderBy }: TargetTable): PipelineError =>
  new PipelineError('order_mismatch', `events of ${name} are ordered by ${orderBy}, and now come some that are not`, {
    advice:
      'Did the settings of the connector change? Positions of both cannot be compared: replicate into another database.',
  });

/**
 * Whoever empties a table waits for those that write it, and they for it: all in one order. Answers the tables of which
 * rows are held back.
 */
async function takeLocks(client: pg.Client, works: readonly Work[]): Promise<Set<TargetTable>> {
  const found = new Set<string>();
  for (const { exclusive, names } of inRuns(works)) {
    const results = await client.query(lockTables(names, exclusive));
    for (const { rows } of results as unknown as pg.QueryResult<{ held?: string }>[])
      for (const { held } of rows) if (held !== undefined) found.add(held);
  }
  return new Set(works.flatMap(({ table }) => (found.has(table.name) ? [table] : [])));
}

function inRuns(works: readonly Work[]): readonly { readonly exclusive: boolean; readonly names: string[] }[] {
  const runs: { exclusive: boolean; names: string[] }[] = [];
  for (const { table, truncates } of works) {
    const exclusive = truncates.length > 0;
    const run = runs.at(-1);
    if (run?.exclusive === exclusive) run.names.push(table.name);
    else runs.push({ exclusive, names: [table.name] });
  }
  return runs;
}

const within = (ordinals: readonly number[], first: number, last: number): readonly number[] =>
  ordinals.filter((ordinal) => ordinal >= first && ordinal <= last);

/** Whether any of the items, which are in order, lies in [first, last]. */
function anyWithin(items: readonly Numbered[], first: number, last: number): boolean {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle]?.ordinal ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  return (items[low]?.ordinal ?? Number.POSITIVE_INFINITY) <= last;
}

const rangeOf = (first: number, last: number): string => `sluice_ordinal between ${first} and ${last}`;

/** Statements before the merge of a range. */
function beforeMerge(
  { table, truncates, leaving, arriving }: Work,
  held: ReadonlySet<TargetTable>,
  pipeline: string,
  first: number,
  last: number,
): readonly string[] {
  const [gone, come] = [within(leaving, first, last), within(arriving, first, last)];
  return [
    ...(gone.length + come.length > 0 ? moveRows(table, pipeline, gone, come, held.has(table)) : []),
    ...truncates
      .filter(({ ordinal }) => ordinal >= first && ordinal <= last)
      .flatMap((one) => truncateBelow(table, one)),
    ...(held.has(table) ? [fillFromHeld(table, rangeOf(first, last))] : []),
  ];
}

function keyed(work: Work, held: ReadonlySet<TargetTable>, pipeline: string): TableMerge {
  const { table, items } = work;
  const merge = keyedMerge(table, contentOf(work));
  return (first, last, replacing) => {
    const range = rangeOf(first, last);
    const before = beforeMerge(work, held, pipeline, first, last);
    if (!anyWithin(items, first, last)) return before;
    const writing = replacing || table.deferrableKey ? 'replace' : 'upsert';
    return [...before, merge(range, writing), ...(held.has(table) ? [forgetHeld(table, range)] : [])];
  };
}

async function keyless(client: pg.Client, work: Work): Promise<TableMerge> {
  const { table, items } = work;
  const [steps, high] = stepsOf(items, await readHighWater(client, table));
  if (high !== null) await writeHighWater(client, table, high);
  return keylessMerge(table, contentOf(work), steps);
}

/** Characters after which a piece of COPY text is handed on. */
const pieceLength = 64 * 1024;

function* linesOf(work: Work, layouts: Layouts): Generator<Buffer> {
  const { table } = work;
  let text = '';
  for (const item of work.items) {
    const { operation, before, after } = item.record.event;
    if (operation === 'truncate' || item.excluded) continue;
    const withKey = table.key.length > 0;
    const old = withKey ? (operation === 'delete' ? keyRow(item.record.event, table.key) : null) : before;
    if (old) text += stageLine(table, item, old, layouts.of(table, old.shape), true);
    const row = withKey || !after ? after : filled(after, before);
    if (row) text += stageLine(table, item, row, work.shapes.get(row.shape) ?? layouts.of(table, row.shape), false);
    if (text.length < pieceLength) continue;
    yield Buffer.from(text, 'utf8');
    text = '';
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}

/** A row with its old values in the place of those that the event leaves as they are. */
const filled = ({ shape, cells }: Row, before: Row | null): Row => ({
  shape,
  cells: cells.map((cell, index) => {
    if (cell !== unchanged || !before) return cell;
    return before.cells[before.shape.columns.indexOf(shape.columns[index] ?? '')] ?? null;
  }),
});
