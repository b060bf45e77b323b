/** Proves the reaction to each error: retry after an outage, park bad data, stop with advice for everything else. */
import { createRequire } from 'node:module';
import {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
} from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { byKafkaType } from '../adapters/kafka/client/errors.ts';
import type { Reaction } from '../pipeline/error-codes.ts';
import { messageOf, PipelineError } from '../pipeline/errors.ts';
import { diagnose } from './diagnose.ts';

const withCode = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });

describe('an SQLSTATE (rule 19)', () => {
  test.each<[string, Reaction]>([
    ['08000', 'retry'],
    ['08006', 'retry'],
    ['08P01', 'retry'],
    ['22001', 'park'],
    ['22003', 'park'],
    ['22021', 'park'],
    ['22P02', 'park'],
    ['23502', 'park'],
    ['23503', 'park'],
    ['23505', 'park'],
    ['23514', 'park'],
    ['25006', 'retry'],
    ['25P03', 'retry'],
    ['25P02', 'stop'],
    ['25001', 'stop'],
    ['28000', 'stop'],
    ['28P01', 'stop'],
    ['3D000', 'stop'],
    ['3F000', 'stop'],
    ['40001', 'retry'],
    ['40P01', 'retry'],
    ['42501', 'stop'],
    ['42601', 'stop'],
    ['42703', 'stop'],
    ['42P01', 'stop'],
    ['42P10', 'stop'],
    ['53100', 'retry'],
    ['53200', 'retry'],
    ['53300', 'retry'],
    ['54000', 'park'],
    ['54001', 'stop'],
    ['55006', 'retry'],
    ['55P03', 'retry'],
    ['57014', 'retry'],
    ['57P01', 'retry'],
    ['57P02', 'retry'],
    ['57P03', 'retry'],
    ['58030', 'retry'],
    ['0A000', 'stop'],
    ['21000', 'stop'],
    ['P0001', 'stop'],
    ['XX000', 'stop'],
    ['ZZ999', 'stop'],
  ])('%s means %s', (code, reaction) => {
    const found = diagnose(withCode(code));
    expect(found).toMatchObject({ reaction, code });
    expect(found.kind).toBe(reaction === 'retry' ? 'unreachable' : 'failure');
    expect(found.advice).not.toBe('');
  });
});

describe('an error of the operating system', () => {
  test.each<[string, Reaction]>([
    ['ECONNREFUSED', 'retry'],
    ['ECONNRESET', 'retry'],
    ['EPIPE', 'retry'],
    ['ETIMEDOUT', 'retry'],
    ['EHOSTUNREACH', 'retry'],
    ['ENETUNREACH', 'retry'],
    ['ENOTFOUND', 'retry'],
    ['EAI_AGAIN', 'retry'],
    ['EADDRNOTAVAIL', 'retry'],
    ['ENOENT', 'stop'],
    ['EACCES', 'stop'],
    ['EISDIR', 'stop'],
  ])('%s means %s', (code, reaction) => {
    expect(diagnose(withCode(code))).toMatchObject({ reaction, code });
  });

  test('ENOENT of a socket means that the server is down, not that a file is missing', () => {
    expect(diagnose(Object.assign(withCode('ENOENT'), { syscall: 'connect' }))).toMatchObject({
      reaction: 'retry',
      kind: 'unreachable',
      advice: expect.stringContaining('socket'),
    });
  });
});

describe('a lost connection of node-postgres', () => {
  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout expired',
    'Query read timeout',
  ])('"%s" is retried', (message) => {
    expect(diagnose(new Error(message))).toMatchObject({
      reaction: 'retry',
      code: 'connection_lost',
      kind: 'unreachable',
    });
  });
});

test('a login without a password stops, like a login with a wrong password', () => {
  const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string');
  expect(diagnose(error)).toMatchObject({
    reaction: 'stop',
    code: 'no_password',
    advice: expect.stringContaining('~/.pgpass'),
  });
});

describe('an error of the Kafka protocol', () => {
  const { errorCodes, createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error.js') as {
    errorCodes: readonly { type: string; code: number; retriable: boolean }[];
    createErrorFromCode: (code: number) => Error;
  };

  test('is in the table by a name that kafkajs knows', () => {
    const known = errorCodes.map(({ type }) => type);
    expect(Object.keys(byKafkaType).filter((type) => !known.includes(type))).toEqual([]);
  });

  test.each(errorCodes.filter(({ retriable }) => retriable))('$type is retried', ({ code }) => {
    expect(diagnose(createErrorFromCode(code))).toMatchObject({ reaction: 'retry', kind: 'unreachable' });
  });

  test.each(errorCodes.filter(({ type, retriable }) => !retriable && byKafkaType[type]?.[0] !== 'retry'))(
    '$type stops',
    ({ code }) => {
      expect(diagnose(createErrorFromCode(code))).toMatchObject({ reaction: 'stop', kind: 'failure' });
    },
  );

  test('keeps its meaning after kafkajs has given up its retries', () => {
    const refused = createErrorFromCode(29);
    const gaveUp = new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 5, retryTime: 1 });
    expect(diagnose(gaveUp)).toMatchObject({ reaction: 'stop', code: 'TOPIC_AUTHORIZATION_FAILED' });
  });
});

describe('an error of kafkajs', () => {
  const protocol = (type: string, code: number) =>
    new KafkaJSProtocolError(Object.assign(new Error(type), { type, code }));
  const refused = new KafkaJSConnectionError('Connection error: connect ECONNREFUSED', {
    broker: 'localhost:1',
    code: 'ECONNREFUSED',
  });

  test.each<[string, unknown, Reaction]>([
    ['refused', refused, 'retry'],
    ['closed', Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' }), 'retry'],
    ['no broker', Object.assign(new Error('no broker'), { name: 'KafkaJSBrokerNotFound' }), 'retry'],
    [
      'timed out',
      new KafkaJSRequestTimeoutError('Request timed out', {
        broker: 'b',
        clientId: 'c',
        correlationId: 1,
        createdAt: 1,
        sentAt: 1,
        pendingDuration: 1,
      }),
      'retry',
    ],
    ['retries used up', new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 5, retryTime: 1 }), 'retry'],
    ['not authorised', protocol('TOPIC_AUTHORIZATION_FAILED', 29), 'stop'],
    ['not retriable', new KafkaJSNonRetriableError('no'), 'stop'],
  ])('%s', (_, error, reaction) => {
    expect(diagnose(error).reaction).toBe(reaction);
  });
});

describe('an error within another', () => {
  test('the outer error counts if it is known, otherwise the inner one', () => {
    const inner = withCode('42P01');
    expect(diagnose(new Error('wrapped', { cause: inner }))).toMatchObject({ code: '42P01' });
    expect(diagnose(Object.assign(new Error('x', { cause: inner }), { code: '40001' }))).toMatchObject({
      code: '40001',
    });
    expect(diagnose(new Error('a', { cause: new Error('b', { cause: withCode('ECONNRESET') }) }))).toMatchObject({
      reaction: 'retry',
    });
  });

  test('several attempts of one connection are diagnosed by the first error', () => {
    const errors = [
      withCode('ECONNREFUSED', 'connect ECONNREFUSED ::1:1'),
      withCode('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
    ];
    const both = new AggregateError(errors);
    expect(diagnose(both)).toMatchObject({ reaction: 'retry', code: 'ECONNREFUSED' });
    expect(messageOf(both)).toBe('connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1');
  });

  test('an error that contains itself is diagnosed without a loop', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(diagnose(error).reaction).toBe('stop');
    const a = new Error('a');
    a.cause = new Error('b', { cause: a });
    expect(diagnose(a).reaction).toBe('stop');
  });

  test('an empty AggregateError is an unknown error', () => {
    expect(diagnose(new AggregateError([], ''))).toMatchObject({ reaction: 'stop' });
  });
});

describe('anything else that was thrown', () => {
  test.each([undefined, null, 'text', 7, {}, Object.create(null), { message: 'x' }, [], () => {}])(
    '%j stops',
    (thrown) => {
      expect(diagnose(thrown)).toMatchObject({ reaction: 'stop', kind: 'failure' });
    },
  );

  test.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [new Error('said'), 'said'],
  ])('%j has a message', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});

test('an error of Sluice keeps its own code, reaction, advice and kind', () => {
  const error = new PipelineError('no_such_server', 'gone', { advice: 'start again', kind: 'counters' });
  expect(diagnose(error)).toMatchObject({
    code: 'no_such_server',
    reaction: 'retry',
    advice: 'start again',
    kind: 'counters',
  });
  const usual = new PipelineError('lost_position', 'y', { advice: '' });
  expect(diagnose(usual)).toMatchObject({ code: 'lost_position', reaction: 'stop', kind: 'failure' });
  const refused = diagnose(Object.assign(new Error('too long'), { code: '22001' }));
  const rethrown = new PipelineError(refused, 'y', { advice: '' });
  expect(diagnose(rethrown)).toMatchObject({ code: '22001', reaction: 'stop', kind: 'failure' });
});
