/** Options for what events are and how they become rows. */
import type { Options } from '../option.ts';
import { columnNames, fileSource, int64, oneOf, text } from '../parse.ts';

/** Events. */
export const events = {
  source: {
    kind: 'value',
    flag: 'input',
    value: '<file:PATH|->',
    former: { flags: ['source'] },
    description: 'read JSON lines, a JSON array or CSV (--map) from a file or standard input instead of Kafka',
    parse: fileSource,
  },
  format: {
    kind: 'value',
    flag: 'format',
    value: '<flat|debezium>',
    env: ['SLUICE_FORMAT'],
    default: 'flat',
    description: 'format of the topic: flat events, or messages of Debezium about a users table',
    parse: oneOf('flat', 'debezium'),
  },
  orderBy: {
    kind: 'value',
    flag: 'order-by',
    value: '<sequence|timestamp|offset|lsn>',
    default: 'sequence',
    description:
      'what orders the events of one user: cdc_sequence, cdc_timestamp, or the offset in the topic or file; --format debezium implies lsn',
    parse: oneOf('sequence', 'timestamp', 'offset', 'lsn'),
  },
  deletes: {
    kind: 'value',
    flag: 'deletes',
    value: '<soft|hard>',
    env: ['SLUICE_DELETES'],
    default: 'soft',
    description:
      'whether a DELETE keeps the row with cdc_operation = DELETE, or removes it and keeps its position in a guard row',
    parse: oneOf('soft', 'hard'),
  },
  onTooLong: {
    kind: 'value',
    flag: 'on-too-long',
    value: '<park|truncate>',
    default: 'park',
    description: 'what to do with a value longer than its column',
    parse: oneOf('park', 'truncate'),
  },
  onTooPrecise: {
    kind: 'value',
    flag: 'on-too-precise',
    value: '<park|cut>',
    env: ['SLUICE_ON_TOO_PRECISE'],
    default: 'park',
    description: 'what to do with a time finer than a microsecond: park its record, or cut the extra digits',
    parse: oneOf('park', 'cut'),
  },
  map: {
    kind: 'value',
    flag: 'map',
    value: '<file>',
    env: ['SLUICE_MAP'],
    description: 'JSON file that maps your fields, or columns of CSV, to the fields of the user event',
    parse: text,
  },
  mailboxRules: {
    kind: 'value',
    flag: 'mailbox-rules',
    value: '<on|off>',
    env: ['SLUICE_MAILBOX_RULES'],
    default: 'on',
    description: 'whether normalized_email drops characters that the provider ignores, such as dots and tags at Gmail',
    parse: oneOf('on', 'off'),
  },
  functions: {
    kind: 'value',
    flag: 'functions',
    value: '<folder>',
    env: ['SLUICE_FUNCTIONS'],
    description: 'folder with your own enrichment functions, each for one column; without it udfs/own of the checkout',
    parse: text,
  },
  rules: {
    kind: 'value',
    flag: 'rules',
    value: '<file>',
    env: ['SLUICE_RULES'],
    description: 'JSON file of rules that select, mask and rename tables, rows and columns',
    parse: text,
  },
  check: {
    kind: 'switch',
    flag: 'check',
    description: 'show for each table what would be written, masked, dropped, renamed and filtered; write nothing',
  },
} as const satisfies Options;

/** Backfill. */
export const backfill = {
  columns: {
    kind: 'value',
    flag: 'column',
    value: '<name,...>',
    description: 'computed columns to fill, separated by commas',
    parse: columnNames,
  },
  after: {
    kind: 'value',
    flag: 'after',
    value: '<id>',
    description: 'continue after this id, which a stopped backfill prints',
    parse: int64,
  },
} as const satisfies Options;
