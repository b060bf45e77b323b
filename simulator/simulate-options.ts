/** What the simulator can be told, and the check of it: a wrong figure is refused before anything is connected. */
import type { Kafka } from 'kafkajs';
import type { Clock } from './clock.ts';
import type { CompressionName } from './compression.ts';
import type { OperationShares } from './operations.ts';
import type { Report } from './report.ts';

/** Where the events come from. */
export type SimulatedSource =
  /** A JSON array or JSON lines. */
  | { readonly kind: 'replay'; readonly file: string }
  /** An invented user base; a null count goes on until stopped. In continuous mode the count is that of one cycle. */
  | {
      readonly kind: 'invent';
      readonly count: number | null;
      readonly seed: string | number;
      readonly operations: OperationShares;
      /** Share of users with a spoiled row, 0 to 1. */
      readonly dirtyShare?: number;
    };

export type SimulateOptions = {
  /** A kafkajs client. It is not closed: the simulator closes what it opens on it. */
  readonly kafka: Kafka;
  readonly topic: string;
  readonly source: SimulatedSource;
  /** Seconds between cycles; null for a single cycle. */
  readonly interval: number | null;
  /** Events per second; null for as fast as it goes. */
  readonly rate: number | null;
  /** Of the topic, when it has to be made. */
  readonly partitions: number;
  /** Most events in a request. */
  readonly batchSize: number;
  /** Most milliseconds an event waits for others; only felt with a rate. */
  readonly lingerMs: number;
  readonly compression: CompressionName;
  /** First number of invented events and of the second cycle on; `auto` is one above the highest in the topic. */
  readonly startSequence: 'auto' | bigint;
};

/** What the options leave open, as the command's defaults. */
export const simulateDefaults = {
  interval: 30,
  partitions: 4,
  batchSize: 1000,
  lingerMs: 5,
  compression: 'none',
  startSequence: 'auto',
  seed: 1,
} as const;

/** Who is told, who may stop it, and whose time it is. */
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

/** Throws a `RangeError` that names the option at fault. */
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
