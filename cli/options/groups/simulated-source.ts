/** Options for the simulated source. */
import type { Options } from '../option.ts';
import { decimal, integer, oneOf, text } from '../parse.ts';

/** Simulated source. */
export const simulatedSource = {
  dataFile: {
    kind: 'value',
    flag: 'data-file',
    value: '<path>',
    description:
      'JSON array or JSON lines to replay, - for standard input; without it and --count, data/sample_events.json',
    parse: text,
  },
  count: {
    kind: 'value',
    flag: 'count',
    value: '<n>',
    description: 'invent this many events instead of replaying a file',
    parse: integer(1),
  },
  continuous: {
    kind: 'switch',
    flag: 'continuous',
    description: 'repeat until stopped; every cycle after the first sends new changes with higher sequences',
  },
  interval: {
    kind: 'value',
    flag: 'interval',
    value: '<seconds>',
    default: '30',
    description: 'pause between cycles',
    parse: decimal(0),
  },
  seed: {
    kind: 'value',
    flag: 'seed',
    value: '<n>',
    default: '1',
    description: 'seed of the random events; the same seed gives the same events',
    parse: integer(0, 2 ** 32 - 1),
  },
  operations: {
    kind: 'value',
    flag: 'operations',
    value: '<shares>',
    default: 'insert=60,update=30,delete=10',
    description: 'shares of the operations among invented events',
    parse: text,
  },
  startSequence: {
    kind: 'value',
    flag: 'start-sequence',
    value: '<auto|n>',
    default: 'auto',
    description: 'first cdc_sequence of new events; auto is one above the highest in the topic',
    parse: (value: string): 'auto' | bigint => {
      if (value === 'auto') return value;
      if (!/^\d{1,18}$/.test(value)) throw new Error(`expected auto or a whole number, got '${value}'`);
      return BigInt(value);
    },
  },
  batchSize: {
    kind: 'value',
    flag: 'batch-size',
    value: '<n>',
    default: '500',
    description: 'most events in one request to Kafka, at most 512 KiB',
    parse: integer(1, 1_000_000),
  },
  lingerMs: {
    kind: 'value',
    flag: 'linger-ms',
    value: '<ms>',
    default: '20',
    description: 'longest wait for a batch to fill when --rate is slow',
    parse: integer(0, 60_000),
  },
  compression: {
    kind: 'value',
    flag: 'compression',
    value: '<codec>',
    default: 'none',
    description: 'none, gzip, snappy, lz4 or zstd',
    parse: oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'),
  },
} as const satisfies Options;
