/** Proves that a file is read once, that a restart continues after the durable records, and that a changed file is detected. */
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Batch, initialProgress } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { diagnoser } from '../../pipeline/errors.ts';
import type { Claimed, ClaimRequest, Claims, Logger } from '../../pipeline/ports.ts';
import { Window } from '../../pipeline/window.ts';
import { FileSource, type FileSourceOptions } from './source.ts';

/** A checkpoint table in memory. */
class Checkpoints implements Claims {
  readonly server = 'memory';
  readonly diagnose = diagnoser();
  readonly #rows = new Map<string, { nextOffset: bigint; lastHash: Buffer | null; epoch: bigint }>();

  async claim({ topic, partitions, reposition }: ClaimRequest): Promise<readonly Claimed[]> {
    const row = this.#rows.get(topic) ?? { nextOffset: partitions[0]?.first ?? 0n, lastHash: null, epoch: 0n };
    row.epoch += 1n;
    const move = await reposition?.({ partition: 0, nextOffset: row.nextOffset, clusterId: null });
    if (move) Object.assign(row, { nextOffset: move.to, lastHash: null });
    this.#rows.set(topic, row);
    return [
      { partition: 0, epoch: row.epoch, nextOffset: row.nextOffset, lastHash: row.lastHash, reached: initialProgress },
    ];
  }

  durable({ claim, from, to, mark }: Batch<unknown>): void {
    const row = this.#rows.get(claim.topic);
    if (!row) throw new Error(`${claim.topic} was never claimed`);
    expect(from).toBe(row.nextOffset);
    row.nextOffset = to;
    if (mark !== null && mark !== 'unknown') row.lastHash = mark.hash;
  }

  topics(): string[] {
    return [...this.#rows.keys()];
  }
}

/** Warnings of the source. */
const warnings: { readonly fields: object; readonly message: string }[] = [];
const silent = () => {};
const logger: Logger = {
  debug: silent,
  info: silent,
  warn: (fields, message) => warnings.push({ fields, message }),
  error: silent,
};

let folder: string;
let path: string;
let checkpoints: Checkpoints;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-file-'));
  path = join(folder, 'events.json');
  checkpoints = new Checkpoints();
  warnings.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const sourceOf = (more: Partial<FileSourceOptions> = {}) =>
  new FileSource({
    path,
    runId: 'run',
    claims: checkpoints,
    window: new Window(1 << 20),
    clock: { now: () => 7 },
    logger,
    onLostPosition: 'fail',
    ...more,
  });

/** Reads to the end and makes every batch durable. Returns the records. */
async function readAll(more: Partial<FileSourceOptions> = {}): Promise<RawRecord[]> {
  const source = sourceOf(more);
  const records: RawRecord[] = [];
  await new Promise<void>((resolve, reject) => {
    source.batches().subscribe({
      next: (batch) => {
        expect(batch).toMatchObject({ read: batch.records.length, filtered: [], parked: [] });
        expect(batch.to - batch.from).toBe(BigInt(batch.records.length));
        records.push(...batch.records);
        checkpoints.durable(batch);
        source.release(batch);
      },
      error: reject,
      complete: resolve,
    });
  });
  await source.close();
  return records;
}

const texts = (records: readonly RawRecord[]): string[] => records.map(({ value }) => String(value));

const lines = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `{"id":${first + i}}\n`).join('');

describe('a file', () => {
  test.each([
    ['JSON lines', '{"a":1}\n\nmalformed\n{"a":2}'],
    ['an array', '[{"a":1},malformed , {"a":2}]'],
  ])('of %s yields each element once, with offsets from 0', async (_, content) => {
    await writeFile(path, content);
    const records = await readAll();
    expect(texts(records)).toEqual(['{"a":1}', 'malformed', '{"a":2}']);
    expect(records.map(({ offset }) => offset)).toEqual(['0', '1', '2']);
    expect(await readAll()).toEqual([]);
  });

  test('that is empty yields nothing', async () => {
    await writeFile(path, '');
    expect(await readAll()).toEqual([]);
    expect(await readAll()).toEqual([]);
  });

  test('larger than the window is read in batches, and each waits for the credit of the one before', async () => {
    await writeFile(path, lines(0, 60_000));
    const window = new Window(1);
    const source = sourceOf({ window });
    const batches: Batch<RawRecord>[] = [];
    const done = new Promise<void>((resolve, reject) => {
      source.batches().subscribe({ next: (batch) => batches.push(batch), error: reject, complete: resolve });
    });
    await expect.poll(() => batches.length).toBe(1);
    for (let released = 0; ; released += 1) {
      await expect.poll(() => batches.length > released).toBe(true);
      const batch = batches[released];
      if (!batch) throw new Error('no batch');
      expect(batches.length).toBe(released + 1);
      expect(window.held).toBe(batch.bytes);
      source.release(batch);
      if (batch.to === 60_000n) break;
    }
    await done;
    expect(batches.length).toBeGreaterThan(2);
  });
});

describe('a second start', () => {
  test('continues after the durable records', async () => {
    await writeFile(path, lines(0, 30_000));
    const source = sourceOf();
    const [first] = await new Promise<Batch<RawRecord>[]>((resolve) => {
      source.batches().subscribe((batch) => resolve([batch]));
    });
    if (!first) throw new Error('no batch');
    checkpoints.durable(first);
    await source.close();
    expect(first.to).toBeLessThan(30_000n);
    const rest = await readAll();
    expect(rest[0]?.offset).toBe(String(first.to));
    expect(rest.length).toBe(30_000 - Number(first.to));
    expect(texts(rest).at(-1)).toBe('{"id":29999}');
  });

  test('reads lines that were appended', async () => {
    await writeFile(path, lines(0, 3));
    await readAll();
    await appendFile(path, lines(3, 2));
    const appended = await readAll();
    expect(texts(appended)).toEqual(['{"id":3}', '{"id":4}']);
    expect(appended[0]?.offset).toBe('3');
    await appendFile(path, lines(5, 1));
    expect(texts(await readAll())).toEqual(['{"id":5}']);
  });

  test('reads elements added to an array, even with other white space', async () => {
    await writeFile(path, '[{"id":1},{"id":2}]');
    await readAll();
    await writeFile(path, '[\n  {"id":1},\n  {"id":2},\n  {"id":3}\n]\n');
    expect(texts(await readAll())).toEqual(['{"id":3}']);
  });

  test.each([
    ['replaced', lines(10, 5), 'its first 3 records are not those read before'],
    ['replaced by one of the same length', lines(10, 3), 'its first 3 records are not those read before'],
    [
      'changed in its last durable record',
      `${lines(0, 2)}{"id":9}\n${lines(3, 1)}`,
      'its first 3 records are not those read before',
    ],
    ['shorter', lines(0, 2), 'it has 2 records, 3 were read before'],
    ['empty', '', 'it has 0 records, 3 were read before'],
  ])('on a file that is %s fails instead of skipping records (rule 7)', async (_, content, why) => {
    await writeFile(path, lines(0, 3));
    await readAll();
    await writeFile(path, content);
    await expect(readAll()).rejects.toMatchObject({
      code: 'lost_position',
      message: expect.stringContaining(why),
      advice: expect.stringContaining('--on-lost-position'),
    });
  });

  test.each([
    ['replaced', lines(10, 5), 5],
    ['shorter', lines(20, 2), 2],
    ['empty', '', 0],
  ])('on a file that is %s continues where --on-lost-position says (rules 7 and 16)', async (_, content, count) => {
    for (const onLostPosition of ['earliest', 'latest'] as const) {
      await writeFile(path, lines(0, 3));
      await readAll({ onLostPosition: 'earliest' });
      await writeFile(path, content);
      const read = await readAll({ onLostPosition });
      expect(read.map(({ offset }) => Number(offset))).toEqual(
        onLostPosition === 'latest' ? [] : Array.from({ length: count }, (_, offset) => offset),
      );
      await appendFile(path, lines(30, 2));
      expect(texts(await readAll())).toEqual(['{"id":30}', '{"id":31}']);
    }
  });

  test('of standard input starts at 0 under a new name (rule 7)', async () => {
    for (const runId of ['first', 'second']) {
      const input = { value: Readable.from([Buffer.from('{"id":1}\n')]), configurable: true };
      const before = Object.getOwnPropertyDescriptor(process, 'stdin');
      Object.defineProperty(process, 'stdin', input);
      try {
        expect(await readAll({ path: '-', runId })).toMatchObject([{ offset: '0' }]);
      } finally {
        if (before) Object.defineProperty(process, 'stdin', before);
      }
    }
    expect(checkpoints.topics()).toEqual(['stdin:first', 'stdin:second']);
  });
});

describe('a file that is still being written', () => {
  test('leaves a partial last line to the next run, which reads it whole', async () => {
    await writeFile(path, '{"id":1}\n{"id":2}\n{"id":3,"na');
    expect(texts(await readAll())).toEqual(['{"id":1}', '{"id":2}']);
    expect(warnings).toEqual([
      { fields: { file: path, byte: 18, bytes: 11 }, message: expect.stringContaining('the next run reads it') },
    ]);
    expect(await readAll()).toEqual([]);
    await appendFile(path, 'me":"x"}\n{"id":4}\n');
    const rest = await readAll();
    expect(texts(rest)).toEqual(['{"id":3,"name":"x"}', '{"id":4}']);
    expect(rest.map(({ offset }) => offset)).toEqual(['2', '3']);
  });

  test('may end with a whole object without a line end, which the next run does not repeat', async () => {
    await writeFile(path, '{"id":1}\n{"id":2}');
    expect(texts(await readAll())).toEqual(['{"id":1}', '{"id":2}']);
    await appendFile(path, '\n{"id":3}');
    expect(texts(await readAll())).toEqual(['{"id":3}']);
    expect(warnings).toEqual([]);
  });

  test.each(['{"id":', '{"id":1}\n\u00e9', '{"id":1}\n1'])(
    'never has its partial last element parked: %j',
    async (text) => {
      await writeFile(path, text);
      await readAll();
      await appendFile(path, '9}\n');
      expect(texts(await readAll())).toHaveLength(1);
    },
  );

  test('counts all records but its partial last line when it was replaced', async () => {
    await writeFile(path, lines(0, 3));
    await readAll();
    await writeFile(path, `${lines(10, 2)}{"id":`);
    expect(await readAll({ onLostPosition: 'latest' })).toEqual([]);
    await appendFile(path, '12}\n');
    expect(texts(await readAll())).toEqual(['{"id":12}']);
  });

  test('on standard input has its last element read, because there is no next run', async () => {
    const input = { value: Readable.from([Buffer.from('{"id":1}\n{"id":')]), configurable: true };
    const before = Object.getOwnPropertyDescriptor(process, 'stdin');
    Object.defineProperty(process, 'stdin', input);
    try {
      expect(texts(await readAll({ path: '-' }))).toEqual(['{"id":1}', '{"id":']);
    } finally {
      if (before) Object.defineProperty(process, 'stdin', before);
    }
  });
});

describe('a file of CSV', () => {
  const csv = { delimiter: ',', columns: null, accept: () => {} };
  const old = new Date('2024-01-15T10:30:00Z');

  test('yields its records byte for byte, each with the column names', async () => {
    await writeFile(path, 'id,name\r\n1,"a\nb"\r\n2,c\r\n');
    const records = await readAll({ csv });
    expect(texts(records)).toEqual(['1,"a\nb"', '2,c']);
    expect(records.map(({ headers }) => headers?.list().map(([name, value]) => `${name}: ${value}`))).toEqual(
      Array(2).fill(['csv.columns: ["id","name"]']),
    );
  });

  test('continues after the records read before when it grows, and fails when its columns have changed', async () => {
    await writeFile(path, 'id,name\n1,a\n');
    await readAll({ csv });
    await appendFile(path, '2,b\n');
    expect(texts(await readAll({ csv }))).toEqual(['2,b']);
    await writeFile(path, 'name,id\n1,a\n2,b\n3,c\n');
    await expect(readAll({ csv })).rejects.toMatchObject({ code: 'lost_position' });
  });

  test('may end without a line end when it has not changed for two seconds', async () => {
    await writeFile(path, 'id,name\n1,a\n2,b');
    await utimes(path, old, old);
    expect(texts(await readAll({ csv, clock: Date }))).toEqual(['1,a', '2,b']);
    expect(warnings).toEqual([]);
  });

  test('leaves out a last record without a line end while it is still being written', async () => {
    await writeFile(path, 'id,name\n1,a\n2,b');
    const writing = setTimeout(() => void appendFile(path, 'c\n'), 200);
    expect(texts(await readAll({ csv, clock: Date }))).toEqual(['1,a']);
    clearTimeout(writing);
    expect(warnings).toMatchObject([{ fields: { byte: 12, bytes: 3 } }]);
    expect(texts(await readAll({ csv, clock: Date }))).toEqual(['2,bc']);
  });

  test('leaves out a last record that lacks columns', async () => {
    await writeFile(path, 'id,name\n1,a\n2');
    await utimes(path, old, old);
    expect(texts(await readAll({ csv, clock: Date }))).toEqual(['1,a']);
    expect(warnings).toHaveLength(1);
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['[{"id":1},{"id":2}', "ends before the ']'"],
    ['[{"id":1} {"id":2}]', "expected ',' or ']' after an element"],
    ['[{"id":1}]]', 'the array has ended'],
    ['id,name\n1,John\n', 'neither a JSON array nor JSON lines'],
  ])('because it contains %j is rejected with the position', async (content, why) => {
    await writeFile(path, content);
    await expect(readAll()).rejects.toMatchObject({ code: 'malformed_file', message: expect.stringContaining(why) });
  });

  test('because it does not exist is rejected before a claim', async () => {
    await expect(readAll()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(checkpoints.topics()).toEqual([]);
  });
});

test('a stop ends the stream without an error, and batches can still be released', async () => {
  await writeFile(path, lines(0, 60_000));
  const window = new Window(1);
  const source = sourceOf({ window });
  const batches = lastValueFrom(source.batches().pipe(toArray()));
  await expect.poll(() => window.held > 0).toBe(true);
  source.stop();
  const [first] = await batches;
  if (!first) throw new Error('no batch');
  source.release(first);
  expect(window.held).toBe(0);
});

describe('another process that reads the same file', () => {
  test('ends this one with an error in the middle of the file', async () => {
    await writeFile(path, lines(0, 60_000));
    const source = sourceOf({ window: new Window(1) });
    const failed = new Promise((_, reject) => {
      source.batches().subscribe({
        next: (batch) => {
          source.onFenced(batch.claim);
          source.release(batch);
        },
        error: reject,
      });
    });
    await expect(failed).rejects.toMatchObject({ code: 'taken_over' });
  });

  test('ends this one with an error even when the whole file was read', async () => {
    await writeFile(path, lines(0, 3));
    const source = sourceOf();
    const failed = new Promise<void>((resolve, reject) => {
      source.batches().subscribe({
        next: (batch) =>
          void setTimeout(() => {
            source.onFenced(batch.claim);
            source.release(batch);
          }, 20),
        error: reject,
        complete: resolve,
      });
    });
    await expect(failed).rejects.toMatchObject({ code: 'taken_over' });
  });
});
