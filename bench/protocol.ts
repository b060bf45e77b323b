/**
 * What the benchmark and the processes it measures say to each other. A comparison starts the processes of another
 * revision, so what stands here changes only by additions.
 */
import type { Counted } from './statistics.ts';

/** A run of offsets of one partition under one claim that is done with: [partition, epoch, from, to). */
export type Part = readonly [partition: number, epoch: number, from: number, to: number];

/** What one transaction did, or one batch where nothing is written; or, without parts, how long a transaction took. */
export type Report = {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  /** Milliseconds from its beginning to its commit; null when this is not about that. */
  readonly took: number | null;
  readonly parts: readonly Part[];
};

/** What a measured process says. */
export type Message =
  /** It owns partitions and takes what comes. */
  | { readonly event: 'ready' }
  | { readonly event: 'done'; readonly reports: readonly Report[] }
  /** After a stop, as its last: milliseconds from a record's timestamp to its commit. */
  | { readonly event: 'ended'; readonly latencies: readonly Counted[] };

/** What it is told after its order: to end. */
export type Command = { readonly event: 'stop' };

/** What is measured: the floor, or the pipeline up to a stage. */
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
  /** Milliseconds from the first record's timestamp on in which latencies do not count; null: none are counted. */
  readonly warmUp: number | null;
};

/** The order of `floor-process.ts`. */
export type FloorOrder = {
  readonly database: string;
  readonly events: number;
  /** So many of the first are written before the rest is made ready. */
  readonly before: number;
};

/** The order of `fill-process.ts`. */
export type FillOrder = {
  readonly brokers: string;
  readonly topic: string;
  readonly events: number;
  /** Events per second; null for as fast as it goes. */
  readonly rate: number | null;
};

/** What it says when all is durable at the broker. */
export type Filled = { readonly bytes: number; readonly seconds: number };
