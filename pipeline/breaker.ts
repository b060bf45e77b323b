/**
 * The circuit breaker: one bad record harms only itself, but a flood of them is no bad record (promise 5). A wrong topic,
 * a changed format or a broken enrichment would otherwise turn a whole topic into dead letters behind a green status.
 * It looks at what is durable, so nothing is lost by it: whoever goes on goes on at the checkpoint.
 */
import { concat, concatMap, identity, type MonoTypeOperatorFunction, of, throwError } from 'rxjs';
import type { Batch } from './batch.ts';
import { PipelineError } from './errors.ts';
import type { Committed } from './stages/acknowledge.ts';

/** Records that are looked at, and the fewest that are enough for a verdict. */
const lookback = 1_000;
const fewest = 500;

/** Errors with `breaker`, exit 3, once more than `share` of the last 1,000 records was parked. Null: never. */
export function breaker(share: number | null): MonoTypeOperatorFunction<Committed> {
  if (share === null) return identity;
  const recent = new RecentOutcomes();
  return concatMap((committed) => {
    const flood = committed.batches.find((batch) => recent.add(batch) > share);
    // What is durable is told before the end is.
    return flood
      ? concat(
          of(committed),
          throwError(() => tripped(recent, flood)),
        )
      : of(committed);
  });
}

/** Whether each of the last records was parked, in the order they were read. */
class RecentOutcomes {
  readonly #parked = new Uint8Array(lookback);
  #next = 0;
  #read = 0;
  #sum = 0;
  #worst = 0;

  /** Records that are looked at, at most 1,000. */
  get seen(): number {
    return Math.min(this.#read, lookback);
  }

  /** The highest share at any record of the batch added last. */
  get worst(): number {
    return this.#worst;
  }

  /** Adds the records of a batch in the order of their offsets, and answers `worst`. */
  add(batch: Batch<unknown>): number {
    this.#worst = 0;
    let sound = batch.read - batch.parked.length;
    let previous = batch.from - 1n;
    const offsets = batch.parked.map(({ record }) => BigInt(record.offset)).sort((a, b) => (a < b ? -1 : 1));
    for (const offset of offsets) {
      const between = Math.min(sound, Number(offset - previous - 1n));
      this.#push(0, between);
      this.#push(1, 1);
      sound -= between;
      previous = offset;
    }
    this.#push(0, sound);
    return this.#worst;
  }

  #push(parked: 0 | 1, times: number): void {
    for (let left = Math.min(times, lookback); left > 0; left -= 1) {
      this.#sum += parked - (this.#parked[this.#next] ?? 0);
      this.#parked[this.#next] = parked;
      this.#next = (this.#next + 1) % lookback;
    }
    this.#read += times;
    if (this.#read >= fewest) this.#worst = Math.max(this.#worst, this.#sum / Math.min(this.#read, lookback));
  }
}

function tripped({ worst, seen }: RecentOutcomes, { claim, parked }: Batch<unknown>): PipelineError {
  const last = parked.at(-1)?.rejection;
  const percent = Math.floor(worst * 100);
  const example = last === undefined ? '' : `, the last one as ${last.code}: ${last.message}`;
  return new PipelineError(
    'breaker',
    `${percent}% of the last ${seen} records were parked (${claim.topic}, partition ${claim.partition})${example}`,
    {
      advice:
        'Nothing is lost: all of them are in sluice.dead_letter, and the next start goes on at the checkpoint. ' +
        'Is it the right topic, in the right format?',
    },
  );
}
