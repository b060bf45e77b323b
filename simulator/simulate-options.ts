/** Options of the simulator, and their validation before anything is connected. */
import type { Kafka } from 'kafkajs';
import type { Clock } from './clock.ts';
import type { CompressionName } from './compression.ts';
import type { OperationShares } from './operations.ts';
import type { Report } from './report.ts';

/** The source of the events. */
export type SimulatedSource =
  /** A JSON array or JSON lines. */
  | { readonly kind: 'replay'; readonly file: string }
  /** An invented user base. A null count continues until stopped. In continuous mode the count applies to each cycle. */
  | {
      readonly kind: 'invent';
      readonly count: number | null;
      readonly seed: string | number;
      readonly operations: OperationShares;
      /** Share of users with a blemished row, 0 to 1. */
      readonly dirtyShare?: number;
    };

export type SimulateOptions = {
  /** A kafkajs client. The simulator closes the connections that it opens with it. */
  readonly kafka: Kafka;
  readonly topic: string;
  readonly source: SimulatedSource;
  /** Seconds between cycles; null for a single cycle. */
  readonly interval: number | null;
  /** Events per second; null for no limit. */
  readonly rate: number | null;
  /** Partitions of the topic if it has to be created. */
  readonly partitions: number;
  /** Most events in a request. */
  readonly batchSize: number;
  /** Most milliseconds for which an event waits until its batch is sent; only matters with a rate. */
  readonly lingerMs: number;
  readonly compression: CompressionName;
  /** First number of invented events, and of a replay's second cycle. `auto` is one above the highest in the topic. */
  readonly startSequence: 'auto' | bigint;
};

/** Default values, as in the command line. */
export const simulateDefaults = {
  interval: 30,
  partitions: 4,
  batchSize: 1000,
  lingerMs: 5,
  compression: 'none',
  startSequence: 'auto',
  seed: 1,
} as const;

/** Callback, abort signal and clock of a run. */
export type SimulateContext = {
  readonly report?: (report: Report) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
};

const whole = (name: string, value: number, from: number): void => {
  if (!Number.isSafeInteger(value) || value < from) {
    throw new RangeError(`${name} must be a whole number from ${from}, got ${value}`);
  }
};

/** Throws a `RangeError` that names the wrong option. */
export function checkOptions(options: SimulateOptions): void {
  const { source, rate, interval, startSequence } = options;
  whole('partitions', options.partitions, 1);
  whole('batch size', options.batchSize, 1);
  whole('linger', options.lingerMs, 0);
  if (source.kind === 'invent' && source.count !== null) whole('count', source.count, 0);
  if (rate !== null && !(rate > 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`rate must be a number of events per second above 0, got ${rate}`);
  }
  if (interval !== null && !(interval >= 0 && interval <= 2_000_000)) {
    throw new RangeError(`interval must be seconds from 0 to 2,000,000, got ${interval}`);
  }
  if (startSequence !== 'auto' && (startSequence < -(2n ** 63n) || startSequence > 2n ** 63n - 1n)) {
    throw new RangeError(`start sequence ${startSequence} does not fit 64 bits`);
  }
}
