/** Options for what is printed, and for SQL statements. */
import type { Options } from '../option.ts';
import { integer, oneOf } from '../parse.ts';

/** Statement. */
export const statement = {
  write: { kind: 'switch', flag: 'write', description: 'let the statement change the database' },
  timeout: {
    kind: 'value',
    flag: 'timeout',
    value: '<seconds>',
    default: '120',
    description: 'time limit of a statement; 0 means no limit',
    parse: integer(0, 2_000_000),
  },
  maxRows: {
    kind: 'value',
    flag: 'max-rows',
    value: '<n>',
    default: '1000',
    description: 'most rows in a table; --csv and --json print all of them',
    parse: integer(1, 1_000_000),
  },
} as const satisfies Options;

/** Output. */
export const output = {
  json: { kind: 'switch', flag: 'json', description: 'machine-readable output' },
  csv: { kind: 'switch', flag: 'csv', description: 'comma-separated values (RFC 4180) with a header line' },
  explain: { kind: 'switch', flag: 'explain', description: 'print how the country was found, cell by cell' },
  follow: { kind: 'switch', flag: 'follow', short: 'f', description: 'keep printing new lines until Ctrl-C' },
  lines: {
    kind: 'value',
    flag: 'lines',
    short: 'n',
    value: '<n>',
    default: '40',
    description: 'how many of the last lines to print',
    parse: integer(0, 100_000),
  },
  logLevel: {
    kind: 'value',
    flag: 'log-level',
    value: '<level>',
    env: ['SLUICE_LOG_LEVEL'],
    default: 'info',
    description: 'debug, info, warn or error',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  },
  logFormat: {
    kind: 'value',
    flag: 'log-format',
    value: '<pretty|json>',
    env: ['SLUICE_LOG_FORMAT'],
    description: 'pretty on a terminal, json elsewhere',
    parse: oneOf('pretty', 'json'),
  },
} as const satisfies Options;
