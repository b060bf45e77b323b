/**
 * The file source: reads JSON lines, a JSON array or CSV from a path or from standard input, for the same graph and checkpoints
 * as Kafka. Offsets count elements from 0. A checkpoint contains a hash of the part already read, so that no record of a
 * replaced file is skipped (rule 7).
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { fileTopic } from './file-topic.ts';
import { Reading } from './reading.ts';

/** The file to read, and the dependencies of the source. */
export type FileSourceOptions = {
  /** A path, or `-` for standard input. */
  readonly path: string;
  /** Identifies the standard input of this run, which starts at offset 0. */
  readonly runId: string;
  readonly claims: Claims;
  readonly window: Window;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Present for CSV; without it the file is JSON. */
  readonly csv?: CsvFormat | undefined;
  /** What to do with a replaced file: fail, read it from its first record, or read only records that are appended later. */
  readonly onLostPosition: OnLostPosition;
};

/** Bytes of one read. */
const chunkBytes = 256 * 1024;

/** Reads one file to its end. */
export class FileSource implements Source {
  readonly #options: FileSourceOptions;
  readonly #topic: string;
  readonly #stopped = new AbortController();
  #isFenced = false;
  #inFlight = 0;
  /** Bytes of the file read so far. */
  #bytesRead = 0;
  #onDrained: () => void = () => {};

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#topic = fileTopic(options.path, options.runId);
  }

  /** The topic of its checkpoints: `file:PATH` or `stdin:RUN_ID`. */
  get topic(): string {
    return this.#topic;
  }

  /** Returns the percentage of the file read so far; null if its size is unknown, as for standard input. */
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
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onDrained();
  }

  /** Ends the run like a fenced claim, because a file has one partition, which cannot wait for another. */
  postpone(claim: Claim): void {
    this.onFenced(claim);
  }

  onFenced(claim: Claim): void {
    claim.revoked = true;
    this.#isFenced = true;
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
    const secondLoss = await this.#readOn(new Reading(await this.#claim(move), modified), subscriber);
    if (secondLoss !== undefined) throw replaced(secondLoss);
  }

  /** Claims the file, and moves its checkpoint if the position is lost (rules 7 and 16). */
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

  /** Reads from the claim's position to the end. If that position is lost, returns why; otherwise undefined. */
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
      this.#inFlight += 1;
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
      // Only after all batches were written is it known whether another process took the file over.
      await this.#drained();
    }
    if (this.#isFenced) throw takenOver(this.#topic);
    return undefined;
  }

  /** Counts the elements of the file. */
  async #count(): Promise<bigint> {
    let count = 0n;
    for await (const group of this.#elements(this.#stopped.signal)) count += BigInt(group.length);
    return count;
  }

  /** Resolves when no batch is in flight. */
  #drained(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  #elements(signal: AbortSignal): AsyncGenerator<FileElement[]> {
    const { path, csv } = this.#options;
    const takeTail = (tail: Tail) => this.#takeTail(tail, signal);
    return elementGroups(this.#open(signal), { csv, name: path, takeTail });
  }

  /**
   * Decides whether to read a last element that has no line end. A partial record is left to the next run, which may find it
   * complete. Standard input has no next run, so its last element is always read.
   */
  async #takeTail({ element, state }: Tail, signal: AbortSignal): Promise<boolean> {
    const { path, clock, logger } = this.#options;
    if (path === '-') return true;
    if (state === 'unclear' && (await isCompletelyWritten(path, this.#bytesRead, clock, signal))) return true;
    if (signal.aborted) return false;
    logger.warn(
      { file: path, byte: element.start, bytes: element.value.length },
      'the last record has no line end and is incomplete: it was not read, and the next run reads it. ' +
        'If the file is complete, append a line feed',
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
      // An abort destroys the stream, which is not an error.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** A file that has not changed for this many milliseconds counts as completely written. */
const unchangedMs = 2_000;

/**
 * Waits until the file has not changed for two seconds. Returns true if it then ends after `bytes`; false if it has grown or the
 * signal was aborted.
 */
async function isCompletelyWritten(path: string, bytes: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const before = await stat(path);
  const leftMs = Math.min(Math.max(before.mtimeMs + unchangedMs - clock.now(), 0), unchangedMs);
  await sleep(leftMs, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return false;
  const after = await stat(path);
  return after.size === bytes && after.mtimeMs === before.mtimeMs;
}

const replaced = (why: string): PipelineError =>
  new PipelineError('lost_position', `the file was changed: ${why}`, {
    advice:
      'Rename it, or read it from its start with --on-lost-position earliest; newer rows are not changed. ' +
      'With --on-lost-position latest, only records appended from now on are read.',
  });

const takenOver = (topic: string): PipelineError =>
  new PipelineError('taken_over', `another process reads ${topic} for the same pipeline`, {
    advice: 'Only one process may read a file: stop the other one, or use another --group-id.',
  });
