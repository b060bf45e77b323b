/**
 * The circuit breaker. A single bad record affects only itself, but many of them have a common cause (promise 5): a wrong topic,
 * a changed format or a broken enrichment would park a whole topic. The breaker checks durable records only, so it loses
 * nothing: the next start continues at the checkpoint.
 */
import { concat, concatMap, identity, type MonoTypeOperatorFunction, of, throwError } from 'rxjs';
import type { Batch } from './batch.ts';
import { PipelineError } from './errors.ts';
import type { Committed } from './stages/acknowledge.ts';

/** Number of last records that are checked, and the fewest records for a verdict. */
const maxRecords = 1_000;
const minRecords = 500;

/** Errors with `breaker` (exit code 3) if more than `share` of the last 1,000 records are parked. Null disables it. */
export function breaker(share: number | null): MonoTypeOperatorFunction<Committed> {
  if (share === null) return identity;
  const recent = new RecentOutcomes();
  return concatMap((committed) => {
    const parkedBatch = committed.batches.find((batch) => recent.add(batch) > share);
    // The durable transaction is reported before the error.
    return parkedBatch
      ? concat(
          of(committed),
          throwError(() => breakerError(recent, parkedBatch)),
        )
      : of(committed);
  });
}

/** The outcomes of the last records, parked or not, in reading order. */
class RecentOutcomes {
  readonly #parked = new Uint8Array(maxRecords);
  #next = 0;
  #read = 0;
  #sum = 0;
  #worst = 0;

  /** Number of records in the share, at most 1,000. */
  get seen(): number {
    return Math.min(this.#read, maxRecords);
  }

  /** The highest share at any record of the last batch. */
  get worst(): number {
    return this.#worst;
  }

  /** Adds the records of a batch in offset order, and returns `worst`. */
  add(batch: Batch<unknown>): number {
    this.#worst = 0;
    let good = batch.read - batch.parked.length;
    let previous = batch.from - 1n;
    const offsets = batch.parked.map(({ record }) => BigInt(record.offset)).sort((a, b) => (a < b ? -1 : 1));
    for (const offset of offsets) {
      const between = Math.min(good, Number(offset - previous - 1n));
      this.#push(0, between);
      this.#push(1, 1);
      good -= between;
      previous = offset;
    }
    this.#push(0, good);
    return this.#worst;
  }

  #push(parked: 0 | 1, times: number): void {
    for (let left = Math.min(times, maxRecords); left > 0; left -= 1) {
      this.#sum += parked - (this.#parked[this.#next] ?? 0);
      this.#parked[this.#next] = parked;
      this.#next = (this.#next + 1) % maxRecords;
    }
    this.#read += times;
    if (this.#read >= minRecords) this.#worst = Math.max(this.#worst, this.#sum / Math.min(this.#read, maxRecords));
  }
}

function breakerError({ worst, seen }: RecentOutcomes, { claim, parked }: Batch<unknown>): PipelineError {
  const last = parked.at(-1)?.rejection;
  const percent = Math.floor(worst * 100);
  const example = last === undefined ? '' : `, the last one as ${last.code}: ${last.message}`;
  return new PipelineError(
    'breaker',
    `${percent}% of the last ${seen} records were parked (${claim.topic}, partition ${claim.partition})${example}`,
    {
      advice:
        'Nothing is lost: all of them are in sluice.dead_letter, and the next start continues at the checkpoint. ' +
        'Is it the right topic, in the right format?',
    },
  );
}
