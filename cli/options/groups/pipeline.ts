/** Options for how a pipeline runs, how much it takes, and how it is reset or removed. */
import { resetTo } from '../../reset/to.ts';
import type { Options } from '../option.ts';
import { breaker, bytes, decimal, integer, oneOf, text } from '../parse.ts';

/** Pipeline. */
export const pipeline = {
  groupId: {
    kind: 'value',
    flag: 'group-id',
    value: '<name>',
    env: ['KAFKA_GROUP_ID'],
    default: 'sluice-users',
    description: 'name of the pipeline: consumer group in Kafka, checkpoint in PostgreSQL',
    parse: text,
  },
  from: {
    kind: 'value',
    flag: 'from',
    value: '<earliest|latest>',
    default: 'earliest',
    description: 'where the first start of a pipeline begins; later starts continue at the checkpoint',
    parse: oneOf('earliest', 'latest'),
  },
  untilCaughtUp: {
    kind: 'switch',
    flag: 'until-caught-up',
    description: 'exit when every record that was in the topic at the start is in the database',
  },
  once: {
    kind: 'switch',
    flag: 'once',
    description: 'exit when all counters balance, and leave nothing running',
  },
  parallelism: {
    kind: 'value',
    flag: 'parallelism',
    value: '<n>',
    env: ['SLUICE_PARALLELISM'],
    default: '1',
    description: 'worker processes that share the partitions; a worker that dies is restarted',
    parse: integer(1, 64),
  },
  lanes: {
    kind: 'value',
    flag: 'lanes',
    value: '<n>',
    env: ['SLUICE_LANES'],
    default: '2',
    description: 'parallel writers, each with its own connection',
    parse: integer(1, 64),
  },
  onLostPosition: {
    kind: 'value',
    flag: 'on-lost-position',
    value: '<fail|earliest|latest>',
    env: ['SLUICE_ON_LOST_POSITION'],
    default: 'fail',
    description:
      'what to do when the topic no longer holds the offset of the checkpoint: fail, or continue at the start or end of the topic',
    parse: oneOf('fail', 'earliest', 'latest'),
  },
  afterResnapshot: {
    kind: 'value',
    flag: 'after-resnapshot',
    value: '<keep|delete>',
    env: ['SLUICE_AFTER_RESNAPSHOT'],
    default: 'keep',
    description: 'what to do with rows that are missing from a repeated snapshot: keep and count them, or delete them',
    parse: oneOf('keep', 'delete'),
  },
  breaker: {
    kind: 'value',
    flag: 'breaker',
    value: '<off|share>',
    env: ['SLUICE_BREAKER'],
    default: '0.5',
    description:
      'stop with exit 3 if more than this share of the last 1,000 records was parked, once 500 have been read',
    parse: breaker,
  },
  failOnParked: {
    kind: 'switch',
    flag: 'fail-on-parked',
    description: 'exit with 3 if a record was parked',
  },
} as const satisfies Options;

/** Reset and removal. */
export const removal = {
  to: {
    kind: 'value',
    flag: 'to',
    value: '<position>',
    description:
      'earliest, latest, a time such as 2024-01-01T00:00:00Z, an offset (with --partition), or offsets such as 0:123,1:456',
    parse: resetTo,
  },
  partition: {
    kind: 'value',
    flag: 'partition',
    value: '<n>',
    description: 'move only this partition',
    parse: integer(0, 100_000),
  },
  dryRun: { kind: 'switch', flag: 'dry-run', description: 'show what would change, but change nothing' },
  withDeadLetters: { kind: 'switch', flag: 'with-dead-letters', description: 'also delete its dead letters' },
  withBookkeeping: {
    kind: 'switch',
    flag: 'with-bookkeeping',
    description:
      'restore constraints that the replica disabled, delete the bookkeeping of tables that no other pipeline writes, and drop the schema sluice if nothing else needs it; the tables themselves stay',
  },
  yes: { kind: 'switch', flag: 'yes', description: 'do not ask for confirmation' },
} as const satisfies Options;

/** Limits. */
export const limits = {
  windowBytes: {
    kind: 'value',
    flag: 'window-bytes',
    value: '<size>',
    env: ['SLUICE_WINDOW_BYTES'],
    default: '40MiB',
    description: 'maximum memory for records between Kafka and PostgreSQL',
    parse: bytes,
  },
  maxRecords: {
    kind: 'value',
    flag: 'max-records',
    value: '<n>',
    env: ['SLUICE_MAX_RECORDS', 'BATCH_SIZE'],
    default: '10000',
    description: 'most records in one transaction',
    parse: integer(1, 1_000_000),
  },
  fetchMinBytes: {
    kind: 'value',
    flag: 'fetch-min-bytes',
    value: '<size>',
    env: ['SLUICE_FETCH_MIN_BYTES'],
    default: '1',
    description:
      'minimum size of a fetch, unless half a second has passed; a higher value makes fetches fewer and larger',
    parse: bytes,
  },
  pollTimeout: {
    kind: 'value',
    flag: 'poll-timeout',
    value: '<seconds>',
    env: ['CONSUMER_POLL_TIMEOUT'],
    default: '1.0',
    description: 'how long to wait for new records, at most 0.5 s per request',
    parse: decimal(0.001),
  },
  rate: {
    kind: 'value',
    flag: 'rate',
    value: '<events/s>',
    description: 'most events per second; unlimited by default',
    parse: decimal(0.001),
  },
  wait: {
    kind: 'value',
    flag: 'wait',
    value: '<seconds>',
    default: '3',
    description: 'how long to wait for each server that does not answer',
    parse: decimal(0.1),
  },
} as const satisfies Options;

/** Configuration. */
export const configuration = {
  config: {
    kind: 'value',
    flag: 'config',
    value: '<file>',
    env: ['SLUICE_CONFIG'],
    description: 'YAML file with options; without it sluice.yaml in the working folder, if it exists',
    parse: text,
  },
} as const satisfies Options;
