/** Proves that the command line adds its commands and options to exactly the errors that need them. */
import { expect, test } from 'vitest';
import { DumpError } from '../../engines/postgres/load/dump/dump-error.ts';
import type { ErrorCode } from '../../pipeline/error-codes.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { failureOf as describeFailure } from '../../services/failure.ts';
import { failureOf } from './failure.ts';

const error = (code: ErrorCode, advice: string, details?: Record<string, string>) =>
  new PipelineError(code, 'it failed', { advice, kind: 'stalled', details });

test.each([
  [error('breaker', 'Nothing is lost.'), 'Nothing is lost. --breaker off continues regardless.'],
  [error('connector_not_running', '', { name: 'c' }), '`npx sluice connector resume --name c` or `restart` first.'],
  [error('connector_stalled', 'It did not stop.'), 'It did not stop.'],
  [error('slot_taken', 'Choose another slot.'), 'Choose another slot.'],
  [
    error('slot_taken', 'Drop it.', { connectUrl: 'http://k/' }),
    'Drop it. `npx sluice connector list` shows the connectors (http://k/).',
  ],
  [error('rows_held_back', 'Has it a key?', { afterResnapshot: 'delete' }), 'Has it a key?'],
  [error('wal_level', 'Ask.'), 'Ask.'],
])('the advice of an error names the command or option that helps (case %#)', (failed, advice) => {
  expect(failureOf(failed)).toMatchObject({ code: failed.code, message: 'it failed', advice, kind: 'stalled' });
});

test('the failure of a dump names the place in the file, and what to do', () => {
  const failed = new DumpError('a.dump', null, 'it is a custom-format dump', 'Run: pg_restore -f a.sql a.dump');
  expect(failureOf(failed)).toEqual({
    code: 'unknown',
    message: 'a.dump: it is a custom-format dump',
    advice: 'Run: pg_restore -f a.sql a.dump',
    kind: 'failure',
  });
});

test('a failure that is sent to another process contains no command, but the details for the hint', () => {
  const sent = structuredClone(describeFailure(error('slot_taken', 'Drop it.', { connectUrl: 'http://k/' })));
  expect(sent).toEqual({
    code: 'slot_taken',
    message: 'it failed',
    advice: 'Drop it.',
    kind: 'stalled',
    details: { connectUrl: 'http://k/' },
  });
});
