/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { type Layer, layers } from './protocol.ts';

const modes = ['throughput', 'steady', 'growth'] as const;

/** The other side of a comparison. */
export type Against =
  /** The revision that a file of results was recorded at. */
  | { readonly kind: 'file'; readonly path: string }
  /** A commit in any form that git accepts. */
  | { readonly kind: 'ref'; readonly ref: string };

export type BenchOptions = {
  readonly mode: (typeof modes)[number];
  /** Events of a run; in growth mode those measured after the table has its size. */
  readonly events: number;
  readonly rounds: number;
  readonly lanes: number;
  /** Number of processes in an additional group; 1 means no group. */
  readonly parallelism: number;
  readonly layers: readonly Layer[];
  /** Events per second in steady mode. */
  readonly rates: readonly number[];
  /** Length of each steady rate, warm-up included. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Numbers of events in topic and table in growth mode. */
  readonly sizes: readonly number[];
  readonly compare: Against | undefined;
  /** File for the results. */
  readonly record: string | undefined;
};

/** Default file for results. */
export const baselineFile = 'bench/baseline.json';

/** Reads the command line. Throws a `RangeError`, or an error of `parseArgs`. */
export function parseOptions(given: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: withDefaults(given),
    options: {
      mode: { type: 'string', default: 'throughput' },
      events: { type: 'string' },
      rounds: { type: 'string' },
      lanes: { type: 'string', default: '2' },
      parallelism: { type: 'string', default: '1' },
      layers: { type: 'string', default: layers.join(',') },
      rates: { type: 'string', default: '1000,5000,10000,20000' },
      seconds: { type: 'string', default: '60' },
      'warm-up': { type: 'string', default: '10' },
      sizes: { type: 'string', default: '100000,1000000,5000000' },
      compare: { type: 'string' },
      record: { type: 'string' },
    },
  });
  const mode = oneOf('mode', modes, values.mode);
  const options = {
    mode,
    events: whole('events', values.events ?? (mode === 'growth' ? '200000' : '600000')),
    rounds: whole('rounds', values.rounds ?? (mode === 'throughput' ? '3' : '1')),
    lanes: whole('lanes', values.lanes),
    parallelism: whole('parallelism', values.parallelism),
    layers: values.layers.split(',').map((name) => oneOf('layers', layers, name)),
    rates: values.rates.split(',').map((rate) => whole('rates', rate)),
    seconds: whole('seconds', values.seconds),
    warmUpSeconds: whole('warm-up', values['warm-up']),
    sizes: values.sizes.split(',').map((size) => whole('sizes', size)),
    compare: values.compare === undefined ? undefined : parseAgainst(values.compare),
    record: values.record,
  };
  if (options.warmUpSeconds >= options.seconds) throw new RangeError('--warm-up must be shorter than --seconds');
  if (mode !== 'throughput' && (options.compare || options.record)) {
    throw new RangeError('--compare and --record are about throughput');
  }
  return options;
}

/** A name that ends in `.json` is a file of results; everything else is a git revision. */
export const parseAgainst = (text: string): Against =>
  text.endsWith('.json') ? { kind: 'file', path: text } : { kind: 'ref', ref: text };

/** `--compare` and `--record` without a value use the baseline. */
const withDefaults = (given: readonly string[]): string[] =>
  given.flatMap((text, i) => {
    const isAlone = (text === '--compare' || text === '--record') && (given[i + 1] ?? '--').startsWith('--');
    return isAlone ? [text, baselineFile] : [text];
  });

/** Returns the text if it is one of the names. Throws a `RangeError` otherwise. */
export function oneOf<T extends string>(name: string, all: readonly T[], text: string): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new RangeError(`--${name}: ${text} is none of ${all.join(', ')}`);
  return found;
}

/** Returns the number. Throws a `RangeError` unless it is a whole number from 1. */
export function whole(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`--${name}: ${text} is not a whole number from 1`);
  return Number(text);
}
