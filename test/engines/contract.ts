/** The tests that every engine must pass. `engineContract` runs them with one engine. */
import { firstValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../engines/contract.ts';
import { claimsOn } from '../../engines/sink/claims.ts';
import type { Rows } from '../../engines/sink/rows.ts';
import { EngineSink, type SinkParts } from '../../engines/sink/sink.ts';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord, Replicated } from '../../pipeline/change.ts';
import type { ClaimRequest } from '../../pipeline/ports.ts';
import { capture } from '../../pipeline/stages/capture.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import { silent } from '../batches.ts';

/** A database with the table `t (id primary key, name of at most ten characters and unique, note)`, as an engine. */
export type Subject<S> = AsyncDisposable & {
  readonly engine: Engine<S>;
  readonly rows: () => Rows<S, Replicated>;
  /** `[id, name, note]` in the order of ids. */
  readonly read: () => Promise<readonly (readonly (string | null)[])[]>;
  /** Offset, counts and `held` of each partition whose checkpoint has moved, in the order of partitions. */
  readonly checkpoints: () => Promise<readonly object[]>;
  /** Offset and code of each dead letter, in the order of offsets. */
  readonly deadLetters: () => Promise<readonly (readonly [string, string])[]>;
};

type Cells = {
  readonly id: string;
  readonly name?: string | null;
  readonly note?: string | null;
  readonly extra?: string;
};
/** One change: its operation, its LSN, and the row after it, or the key of a deleted row. */
type ChangeSpec = readonly [op: 'c' | 'u' | 'd' | 't', lsn: number, row?: Cells];

/** What Debezium writes for a large value that an update did not change. */
const untouched = '__debezium_unavailable_value';

const record = ([op, lsn, row]: ChangeSpec, offset: number): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: row === undefined ? null : Buffer.from(JSON.stringify({ id: row.id })),
  value: Buffer.from(
    JSON.stringify({
      before: op === 'd' ? row : null,
      after: op === 'd' || op === 't' ? null : row,
      op,
      source: {
        schema: 'public',
        table: 't',
        lsn,
        sequence: JSON.stringify([String(lsn - 1), String(lsn)]),
        snapshot: 'false',
        ts_ms: lsn,
      },
    }),
  ),
});

/** The changes as a batch of a claim, from an offset on. */
async function batchOf(claim: Claim, from: number, changes: readonly ChangeSpec[]): Promise<Batch<Replicated>> {
  const records = changes.map((one, index) => record(one, from + index));
  const raw: Batch<RawRecord> = {
    claim,
    from: BigInt(from),
    to: BigInt(from + changes.length),
    bytes: 0,
    read: changes.length,
    records,
    filtered: [],
    parked: [],
    mark: { timestamp: null, hash: Buffer.from(`${from}`) },
    reached: null,
  };
  return await firstValueFrom(of(raw).pipe(capture({})));
}

/** Runs the suite with an engine. */
export function engineContract<S>(name: string, open: () => Promise<Subject<S>>): void {
  describe(`the engine contract on ${name}`, () => {
    let subject: Subject<S>;
    const sinks: EngineSink<S, Replicated>[] = [];
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await Promise.all(sinks.splice(0).map((sink) => sink.close()));
      await subject[Symbol.asyncDispose]();
    });

    const sinkWith = (parts: Partial<SinkParts<S>> = {}): EngineSink<S, Replicated> => {
      const sink = new EngineSink({ engine: subject.engine, pipeline: 'p', rows: subject.rows(), parts });
      sinks.push(sink);
      return sink;
    };
    const request = (mine: readonly number[], more: Partial<ClaimRequest> = {}): ClaimRequest => ({
      topic: 'x.public.t',
      clusterId: 'c',
      partitionCount: 2,
      partitions: [0, 1].map((partition) => ({ partition, first: 0n, later: 0n })),
      mine,
      ...more,
    });
    const claimed = async (mine: readonly number[], more: Partial<ClaimRequest> = {}, orderBy: OrderBy = 'lsn') =>
      await claimsOn({ engine: subject.engine, pipeline: 'p', orderBy, logger: silent }).claim(request(mine, more));
    const claim = async (partition = 0): Promise<Claim> => {
      const [found] = await claimed([partition]);
      if (!found) throw new Error('nothing was claimed');
      const { epoch, reached } = found;
      return { topic: 'x.public.t', partition, epoch, index: partition, revoked: false, reached };
    };

    test('rows, counts and checkpoint become durable together', async () => {
      const mine = await claim();
      const batch = await batchOf(mine, 0, [
        ['c', 1, { id: '1', name: 'a', note: 'x' }],
        ['c', 2, { id: '2', name: null, note: null }],
        ['u', 3, { id: '1', name: 'b', note: 'x' }],
      ]);
      const written = await sinkWith().write(0, [batch]);
      const counts = { read: 3, applied: 2, superseded: 1, filtered: 0, parked: 0 };
      expect(written).toMatchObject({ counts, committed: [batch], begun: [], fenced: [], postponed: [] });
      expect(await subject.read()).toEqual([
        ['1', 'b', 'x'],
        ['2', null, null],
      ]);
      expect(await subject.checkpoints()).toEqual([{ partition: 0, next: 3, ...counts, held: false }]);
    });

    test('an older change of another transaction changes nothing and counts as superseded', async () => {
      const [first, second] = [await claim(0), await claim(1)];
      const sink = sinkWith();
      await sink.write(0, [await batchOf(first, 0, [['c', 10, { id: '1', name: 'new', note: null }]])]);
      const { counts } = await sink.write(0, [
        await batchOf(second, 0, [['u', 5, { id: '1', name: 'old', note: null }]]),
      ]);
      expect(counts).toMatchObject({ applied: 0, superseded: 1 });
      expect(await subject.read()).toEqual([['1', 'new', null]]);
    });

    test('a deleted row stays deleted when an older change of it arrives', async () => {
      const [first, second] = [await claim(0), await claim(1)];
      const sink = sinkWith();
      await sink.write(0, [
        await batchOf(first, 0, [
          ['c', 1, { id: '1', name: 'a', note: null }],
          ['d', 10, { id: '1' }],
        ]),
      ]);
      const { counts } = await sink.write(0, [
        await batchOf(second, 0, [['u', 5, { id: '1', name: 'b', note: null }]]),
      ]);
      expect(counts).toMatchObject({ applied: 0, superseded: 1 });
      expect(await subject.read()).toEqual([]);
    });

    test('exactly the refused records are parked, and their neighbours are applied', async () => {
      const mine = await claim();
      const changes = Array.from({ length: 40 }, (_, index): ChangeSpec => {
        const name = index === 7 || index === 31 ? 'longer than ten' : `n${index}`;
        return ['c', index + 1, { id: String(100 + index), name, note: null }];
      });
      const { counts, committed } = await sinkWith().write(0, [await batchOf(mine, 0, changes)]);
      expect(counts).toMatchObject({ read: 40, applied: 38, superseded: 0, parked: 2 });
      expect(committed[0]?.parked.map(({ record: { offset } }) => offset)).toEqual(['7', '31']);
      expect(await subject.read()).toHaveLength(38);
      expect(await subject.deadLetters()).toEqual([
        ['7', 'refused_by_database'],
        ['31', 'refused_by_database'],
      ]);
    });

    test('a record that is refused again keeps one dead letter', async () => {
      const changes: ChangeSpec[] = [['c', 1, { id: '1', name: 'longer than ten', note: null }]];
      await sinkWith().write(0, [await batchOf(await claim(), 0, changes)]);
      const [again] = await claimed([0], {
        reposition: async () => ({ to: 0n, why: 'w', gone: 0n, restarted: false }),
      });
      expect(again).toMatchObject({ nextOffset: 0n, lastHash: null });
      await sinkWith().write(0, [await batchOf(await claim(), 0, changes)]);
      expect(await subject.deadLetters()).toEqual([['0', 'refused_by_database']]);
    });

    test('unchanged cells keep their values, and without a row the change is parked', async () => {
      const mine = await claim();
      const { counts } = await sinkWith().write(0, [
        await batchOf(mine, 0, [
          ['c', 1, { id: '1', name: 'a', note: 'large' }],
          ['u', 2, { id: '1', name: 'b', note: untouched }],
          ['u', 3, { id: '2', name: 'c', note: untouched }],
        ]),
      ]);
      expect(counts).toMatchObject({ read: 3, parked: 1 });
      expect(await subject.read()).toEqual([['1', 'b', 'large']]);
      expect(await subject.deadLetters()).toEqual([['2', 'base_row_missing']]);
    });

    test('unique values are swapped between rows', async () => {
      const mine = await claim();
      const sink = sinkWith();
      const names = (a: string, b: string, lsn: number): ChangeSpec[] => [
        [lsn === 1 ? 'c' : 'u', lsn, { id: '1', name: a, note: null }],
        [lsn === 1 ? 'c' : 'u', lsn + 1, { id: '2', name: b, note: null }],
      ];
      await sink.write(0, [await batchOf(mine, 0, names('a', 'b', 1))]);
      const { counts } = await sink.write(0, [await batchOf(mine, 2, names('b', 'a', 3))]);
      expect(counts).toMatchObject({ applied: 2, parked: 0 });
      expect(await subject.read()).toEqual([
        ['1', 'b', null],
        ['2', 'a', null],
      ]);
    });

    test('a TRUNCATE removes older rows, also when it arrives after newer ones', async () => {
      const [first, second] = [await claim(0), await claim(1)];
      const sink = sinkWith();
      await sink.write(0, [
        await batchOf(first, 0, [
          ['c', 1, { id: '1', name: 'old', note: null }],
          ['c', 9, { id: '2', name: 'new', note: null }],
        ]),
      ]);
      await sink.write(0, [await batchOf(second, 0, [['t', 5]])]);
      expect(await subject.read()).toEqual([['2', 'new', null]]);
      const { counts } = await sink.write(0, [
        await batchOf(second, 1, [['c', 4, { id: '3', name: 'late', note: null }]]),
      ]);
      expect(counts).toMatchObject({ applied: 0, superseded: 1 });
    });

    test('the batches of a claim that another worker took over are fenced, the others are written', async () => {
      const [first, second] = [await claim(0), await claim(1)];
      await claim(1);
      const group = [
        await batchOf(first, 0, [['c', 1, { id: '1', name: 'a', note: null }]]),
        await batchOf(second, 0, [['c', 2, { id: '2', name: 'b', note: null }]]),
      ];
      const written = await sinkWith().write(0, group);
      expect(written).toMatchObject({ committed: [group[0]], fenced: [group[1]], counts: { read: 1, applied: 1 } });
      expect(await subject.read()).toEqual([['1', 'a', null]]);
    });

    test('a COMMIT whose answer was lost is recognised, and nothing counts twice', async () => {
      const group = [await batchOf(await claim(), 0, [['c', 1, { id: '1', name: 'a', note: null }]])];
      let isLost = true;
      const sink = sinkWith({
        atStep: async (step) => {
          if (step !== 'after commit' || !isLost) return;
          isLost = false;
          throw new Error('the answer was lost');
        },
      });
      await expect(sink.write(0, group)).rejects.toThrow('the answer was lost');
      const counts = { read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 };
      expect(await sink.write(0, group)).toMatchObject({ committed: group, fenced: [], counts });
      expect(await subject.checkpoints()).toEqual([{ partition: 0, next: 1, ...counts, held: false }]);
    });

    test('an error before the COMMIT leaves nothing behind, and the same group can be written again', async () => {
      const group = [await batchOf(await claim(), 0, [['c', 1, { id: '1', name: 'a', note: null }]])];
      let fails = true;
      const sink = sinkWith({
        atStep: async (step) => {
          if (step !== 'before commit' || !fails) return;
          fails = false;
          throw new Error('broken');
        },
      });
      await expect(sink.write(0, group)).rejects.toThrow('broken');
      expect(await subject.read()).toEqual([]);
      expect(await subject.checkpoints()).toEqual([]);
      expect(await sink.write(0, group)).toMatchObject({ committed: group, counts: { applied: 1 } });
      expect(await subject.read()).toHaveLength(1);
    });

    test('a record that does not fit its table holds its partition, and the records before it are durable', async () => {
      const [first, second] = [await claim(0), await claim(1)];
      const unfit = await batchOf(first, 0, [
        ['c', 1, { id: '1', name: 'a', note: null }],
        ['c', 2, { id: '2', name: 'b', note: null, extra: 'e' }],
        ['c', 3, { id: '3', name: 'c', note: null }],
      ]);
      const other = await batchOf(second, 0, [['c', 4, { id: '4', name: 'd', note: null }]]);
      const written = await sinkWith().write(0, [unfit, other]);
      expect(written).toMatchObject({ committed: [other], postponed: [unfit], fenced: [] });
      expect(written.begun).toMatchObject([{ claim: first, from: 0n, to: 1n, mark: 'unknown' }]);
      expect([...written.held.keys()]).toEqual([first]);
      expect(await subject.read()).toEqual([
        ['1', 'a', null],
        ['4', 'd', null],
      ]);
      expect(await subject.checkpoints()).toMatchObject([
        { partition: 0, next: 1, read: 1, held: true },
        { partition: 1, next: 1, read: 1, held: false },
      ]);
    });

    test('a partition that is both fenced and held is returned once, as fenced', async () => {
      const first = await claim(0);
      await claim(0);
      const unfit = await batchOf(first, 0, [
        ['c', 1, { id: '1', name: 'a', note: null }],
        ['c', 2, { id: '2', name: 'b', note: null, extra: 'e' }],
      ]);
      const written = await sinkWith().write(0, [unfit]);
      expect(written).toMatchObject({ committed: [], begun: [], postponed: [], fenced: [unfit] });
      expect(await subject.read()).toEqual([]);
    });

    test('a first claim begins at the requested offset, a partition that is added later at its start', async () => {
      const ranges = [0, 1].map((partition) => ({ partition, first: 7n, later: 3n }));
      expect(await claimed([0], { partitions: ranges.slice(0, 1) })).toMatchObject([{ epoch: 1n, nextOffset: 7n }]);
      expect(await claimed([0, 1], { partitions: ranges })).toMatchObject([
        { partition: 0, epoch: 2n, nextOffset: 7n },
        { partition: 1, epoch: 1n, nextOffset: 3n },
      ]);
    });

    test('a claim of another cluster is refused and changes nothing', async () => {
      await claimed([0]);
      await expect(claimed([0], { clusterId: 'd' })).rejects.toMatchObject({ code: 'lost_position' });
      expect(await claimed([0])).toMatchObject([{ epoch: 2n }]);
    });

    test('offsets that order rows are refused when the number of partitions changed', async () => {
      await claimed([0], {}, 'offset');
      await expect(claimed([0], { partitionCount: 3 }, 'offset')).rejects.toMatchObject({ code: 'repartitioned' });
    });
  });
}
