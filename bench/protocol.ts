/**
 * Messages between the benchmark and the processes it measures. A comparison starts the processes of another
 * revision, so this file changes only by additions.
 */
import type { Counted } from './statistics.ts';

/** Finished offsets of one partition under one claim: [partition, epoch, from, to). */
export type Part = readonly [partition: number, epoch: number, from: number, to: number];

/** The result of one transaction, or of one batch if nothing is written. Without parts it is the duration of a transaction. */
export type Report = {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  /** Milliseconds from the beginning to the commit of a transaction; null in a report of parts. */
  readonly took: number | null;
  readonly parts: readonly Part[];
};

/** Messages of a measured process. */
export type Message =
  /** It owns partitions and reads them. `pid`: a process that is to be measured in its place. */
  | { readonly event: 'ready'; readonly pid?: number }
  | { readonly event: 'done'; readonly reports: readonly Report[] }
  /** Its last message, after a stop. Latencies are milliseconds from a record's timestamp to its commit. */
  | { readonly event: 'ended'; readonly latencies: readonly Counted[] };

/** Message to a measured process: stop. */
export type Command = { readonly event: 'stop' };

/** The layers: the floor, or the pipeline up to a stage. */
export const layers = ['floor', 'consume', 'decode', 'enrich', 'whole'] as const;
export type Layer = (typeof layers)[number];

/** The order of `layer-process.ts`. */
export type LayerOrder = {
  readonly layer: Exclude<Layer, 'floor'>;
  readonly brokers: string;
  readonly database: string;
  readonly topic: string;
  readonly groupId: string;
  readonly lanes: number;
  /** Warm-up in milliseconds after the first record's timestamp, without latencies; null: no latencies at all. */
  readonly warmUp: number | null;
};

/** The order of `floor-process.ts`. */
export type FloorOrder = {
  readonly database: string;
  readonly events: number;
  /** Number of first events that are written before the measured ones are prepared. */
  readonly before: number;
};

/** The order of `fill-process.ts`. */
export type FillOrder = {
  readonly brokers: string;
  readonly topic: string;
  readonly events: number;
  /** Events per second; null for full speed. */
  readonly rate: number | null;
};

/** Its result, sent when all events are durable at the broker. */
export type Filled = { readonly bytes: number; readonly seconds: number };
