/**
 * The measured part of a run: from the time when every partition has reported under its last claim, to the last
 * transaction. So neither the start nor the joining of further processes is measured.
 */
import type { Report } from './protocol.ts';

/** The measurement. */
export type Measurement = {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly events: number;
  readonly perSecond: number;
  /** Milliseconds of each transaction. */
  readonly commits: readonly number[];
  readonly meanRecords: number;
};

/** Sums up reports in any order, without the first `before` events. Throws if nothing is left to measure. */
export function measurementOf(all: readonly Report[], before = 0): Measurement {
  const reports = [...all].sort((a, b) => a.at - b.at);
  const epochs = new Map<number, number>();
  for (const [partition, epoch] of reports.flatMap(({ parts }) => parts)) {
    epochs.set(partition, Math.max(epoch, epochs.get(partition) ?? epoch));
  }
  const unreported = new Set(epochs.keys());
  let passed = 0;
  let start: number | undefined;
  let end: number | undefined;
  let events = 0;
  let transactions = 0;
  const commits: number[] = [];
  for (const report of reports) {
    const parts = report.parts.filter(([partition, epoch]) => epoch === epochs.get(partition));
    const count = parts.reduce((sum, [, , from, to]) => sum + to - from, 0);
    if (start === undefined) {
      for (const [partition] of parts) unreported.delete(partition);
      passed += count;
      if (unreported.size === 0 && passed >= before) start = report.at;
    } else if (report.took !== null) {
      commits.push(report.took);
    } else if (count > 0) {
      events += count;
      transactions += 1;
      end = report.at;
    }
  }
  if (start === undefined || end === undefined) {
    throw new Error(`nothing to measure after ${passed} events: take more of them`);
  }
  const seconds = (end - start) / 1000;
  return { start, end, seconds, events, perSecond: events / seconds, commits, meanRecords: events / transactions };
}

/** Counts the finished events of a run. A new claim on a partition restarts its count there. */
export class Progress {
  readonly #to = new Map<number, { epoch: number; to: number }>();

  add({ parts }: Report): void {
    for (const [partition, epoch, , to] of parts) {
      const known = this.#to.get(partition);
      if (known === undefined || epoch >= known.epoch) this.#to.set(partition, { epoch, to });
    }
  }

  get events(): number {
    return [...this.#to.values()].reduce((sum, { to }) => sum + to, 0);
  }
}
