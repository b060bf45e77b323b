/** Proves that an outage is reported with its server, and not by every lane. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { diagnose } from '../services/diagnose.ts';
import { describeRetry, logEvents } from '../services/event-log.ts';
import { silent } from '../test/batches.ts';
import { RetryNotices, retrying } from './retry-notices.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const withCode = (code: string) => Object.assign(new Error(code), { code });
const server = 'PostgreSQL at db:5432';

test.each([
  [withCode('ECONNREFUSED'), 'Connection to PostgreSQL at db:5432 lost; retrying'],
  [withCode('ECONNRESET'), 'Connection to PostgreSQL at db:5432 lost; retrying'],
  [withCode('08006'), 'Connection to PostgreSQL at db:5432 lost; retrying'],
  [withCode('57P01'), 'Connection to PostgreSQL at db:5432 lost; retrying'],
  [new Error('Connection terminated unexpectedly'), 'Connection to PostgreSQL at db:5432 lost; retrying'],
  [withCode('40P01'), 'PostgreSQL at db:5432: Transactions collided. Retrying.'],
])('the error %s is reported as: %s', (error, sentence) => {
  expect(describeRetry(retrying(server, error, diagnose(error)))).toBe(sentence);
});

test('within a second only one lane reports an outage, and later each lane reports it', () => {
  const lines: object[] = [];
  const log = new RetryNotices({ emit: logEvents({ ...silent, warn: (fields) => void lines.push(fields) }) }, server);
  log.failed(withCode('57P01'), diagnose(withCode('57P01')), 0, 1);
  log.failed(withCode('ECONNREFUSED'), diagnose(withCode('ECONNREFUSED')), 1, 1);
  expect(lines).toMatchObject([{ lane: 0, code: '57P01', attempt: 1, error: '57P01' }]);
  log.failed(withCode('ECONNREFUSED'), diagnose(withCode('ECONNREFUSED')), 0, 2);
  expect(lines).toHaveLength(2);
  vi.advanceTimersByTime(1_001);
  log.failed(withCode('ECONNREFUSED'), diagnose(withCode('ECONNREFUSED')), 1, 4);
  expect(lines).toHaveLength(3);
});
