/**
 * The file source: JSON lines, a JSON array or CSV, from a path or from standard input, through the same graph and
 * checkpoint as Kafka. Offsets count elements from 0. A file is known by its path and a hash of the part already read, so
 * that a replaced file is noticed instead of half skipped (rule 7).
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Observable, type Subscriber } from 'rxjs';
import type { Batch, Claim } from '../../pipeline/batch.ts';
import type { RawRecord } from '../../pipeline/change.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { Claimed, Claims, Clock, Logger, OnLostPosition, Reposition, Source } from '../../pipeline/ports.ts';
import { recordBytes } from '../../pipeline/record-bytes.ts';
import type { Window } from '../../pipeline/window.ts';
import type { CsvFormat } from './csv-splitter.ts';
import type { Tail } from './element.ts';
import { elementGroups, type FileElement } from './elements.ts';
import { Reading } from './reading.ts';
import { isStill } from './still.ts';

/** What the source reads and what it works with. */
export type FileSourceOptions = {
  /** A path, or `-` for standard input. */
  readonly path: string;
  /** Distinguishes one standard input from the next: it starts at 0 each time. */
  readonly runId: string;
  readonly claims: Claims;
  readonly window: Window;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Present for CSV; without it the file is JSON. */
  readonly csv?: CsvFormat | undefined;
  /** Whether to go on in a file that was replaced: with its first record, or with those still to be appended. */
  readonly onLostPosition: OnLostPosition;
};

/** Bytes read at once. */
const chunkBytes = 256 * 1024;

/** Reads one file to its end. */
export class FileSource implements Source {
  readonly #options: FileSourceOptions;
  readonly #topic: string;
  readonly #stopped = new AbortController();
  #lost = false;
  #onTheirWay = 0;
  /** Bytes of the file that were read so far. */
  #bytesRead = 0;
  #onReturned: () => void = () => {};

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#topic = options.path === '-' ? `stdin:${options.runId}` : `file:${resolve(options.path)}`;
  }

  /** What its checkpoints call it: `file:PATH`, or `stdin:` and the run. */
  get topic(): string {
    return this.#topic;
  }

  /** Share of the file that was read so far, in percent; null where its size is unknown, as of standard input. */
  async readPercent(): Promise<number | null> {
    const { path } = this.#options;
    if (path === '-') return null;
    const file = await stat(path);
    if (!file.isFile() || file.size === 0) return null;
    return Math.min(100, Math.floor((100 * this.#bytesRead) / file.size));
  }

  batches(): Observable<Batch<RawRecord>> {
    return new Observable((subscriber) => {
      this.#read(subscriber).then(
        () => subscriber.complete(),
        (error) => subscriber.error(error),
      );
      return () => this.#stopped.abort();
    });
  }

  release(batch: Batch<unknown>): void {
    this.#options.window.release(batch.bytes);
    this.#onTheirWay -= 1;
    if (this.#onTheirWay === 0) this.#onReturned();
  }

  /** A file is one partition, and waits for no other. */
  postpone(claim: Claim): void {
    this.lose(claim);
  }

  lose(claim: Claim): void {
    claim.revoked = true;
    this.#lost = true;
    this.#stopped.abort();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
  }

  async #read(subscriber: Subscriber<Batch<RawRecord>>): Promise<void> {
    const { path, clock, onLostPosition } = this.#options;
    const modified = String(Math.trunc(path === '-' ? clock.now() : (await stat(path)).mtimeMs));
    const reading = new Reading(await this.#claim(), modified);
    const loss = await this.#readOn(reading, subscriber);
    if (loss === undefined) return;
    if (onLostPosition === 'fail') throw replaced(loss);
    const move = { to: onLostPosition === 'latest' ? await this.#count() : 0n, why: loss, gone: null, restarted: true };
    if (this.#stopped.signal.aborted) return;
    const again = await this.#readOn(new Reading(await this.#claim(move), modified), subscriber);
    if (again !== undefined) throw replaced(again);
  }

  /** Takes the file over, at another position when the former is lost (rules 7 and 16). */
  async #claim(move?: Reposition): Promise<Claimed> {
    const [claimed] = await this.#options.claims.claim({
      topic: this.#topic,
      clusterId: null,
      partitionCount: 1,
      partitions: [{ partition: 0, first: 0n, later: 0n }],
      mine: [0],
      ...(move === undefined ? {} : { reposition: async () => move }),
    });
    if (!claimed) throw new Error(`no claim was given for ${this.#topic}`);
    return claimed;
  }

  /** Reads from the claim's position to the end. Answers why that position is lost, before anything was taken. */
  async #readOn(reading: Reading, subscriber: Subscriber<Batch<RawRecord>>): Promise<string | undefined> {
    const { window } = this.#options;
    const { signal } = this.#stopped;
    const { epoch, reached } = reading;
    const claim: Claim = { topic: this.#topic, partition: 0, epoch, index: 0, revoked: false, reached };
    for await (const group of this.#elements(signal)) {
      const records = reading.take(group);
      if (reading.loss !== undefined) return reading.loss;
      if (records.length === 0) continue;
      const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
      const { from, to, mark } = reading.covered(records);
      if (!(await window.reserve(bytes, signal))) break;
      this.#onTheirWay += 1;
      subscriber.next({
        claim,
        from,
        to,
        bytes,
        read: records.length,
        records,
        filtered: [],
        parked: [],
        mark,
        reached: null,
      });
    }
    if (!signal.aborted) {
      reading.end();
      if (reading.loss !== undefined) return reading.loss;
      // Only now is it known whether all of it could be written, or another process took the file over.
      await this.#returned();
    }
    if (this.#lost) throw takenOver(this.#topic);
    return undefined;
  }

  /** How many elements the file has. */
  async #count(): Promise<bigint> {
    let count = 0n;
    for await (const group of this.#elements(this.#stopped.signal)) count += BigInt(group.length);
    return count;
  }

  /** Resolves when no batch is on its way. */
  #returned(): Promise<void> {
    if (this.#onTheirWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onReturned = resolve;
    });
  }

  #elements(signal: AbortSignal): AsyncGenerator<FileElement[]> {
    const { path, csv } = this.#options;
    const takeTail = (tail: Tail) => this.#takeTail(tail, signal);
    return elementGroups(this.#open(signal), { csv, name: path, takeTail });
  }

  /**
   * Whether the last element, which has no line end, is taken now. The beginning of a record is left to the next run,
   * which finds it whole; standard input comes only once.
   */
  async #takeTail({ element, state }: Tail, signal: AbortSignal): Promise<boolean> {
    const { path, clock, logger } = this.#options;
    if (path === '-') return true;
    if (state === 'unclear' && (await isStill(path, this.#bytesRead, clock, signal))) return true;
    if (signal.aborted) return false;
    logger.warn(
      { file: path, byte: element.start, bytes: element.value.length },
      'the last record has no line end and is not whole: it was left out, and the next run reads it. ' +
        'If nothing more is to come, end it with a line feed',
    );
    return false;
  }

  async *#open(signal: AbortSignal): AsyncGenerator<Buffer> {
    const { path } = this.#options;
    this.#bytesRead = 0;
    const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: chunkBytes });
    const onAbort = () => stream.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.#bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      // Destroying the stream on purpose ends it early; that is no error.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

const replaced = (how: string): PipelineError =>
  new PipelineError('lost_position', `the file was changed: ${how}`, {
    advice:
      'Give it another name, or read it from its start with --on-lost-position earliest: rows that are already newer ' +
      'stay as they are. With latest only what is appended from now on is read.',
  });

const takenOver = (topic: string): PipelineError =>
  new PipelineError('taken_over', `another process reads ${topic} for the same pipeline`, {
    advice: 'One process reads a file; stop the other, or use another --group-id.',
  });
