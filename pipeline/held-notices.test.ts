/** Proves that a held table is reported once per reason, and once more when its changes are applied again. */
import { expect, test } from 'vitest';
import { logEvents } from '../services/event-log.ts';
import { batch, claimOf, silent } from '../test/batches.ts';
import { HeldNotices } from './held-notices.ts';

test('a held table is reported once per reason, and once when it is released', () => {
  const lines: string[] = [];
  const say = (_: object, message: string) => void lines.push(message);
  const log = new HeldNotices({ emit: logEvents({ ...silent, error: say, info: say }) });
  const [claim, again] = [claimOf(0), claimOf(0)];
  const misfit = { table: 'public.t', reason: 'it has no column "v"', statements: ['ALTER …;'], note: null };
  log.note({ committed: [], begun: [], held: new Map([[claim, misfit]]) });
  log.note({ committed: [batch(claimOf(1), 0, [])], begun: [], held: new Map([[again, misfit]]) });
  log.note({ committed: [batch(claim, 0, [])], begun: [], held: new Map([[again, { ...misfit, reason: 'another' }]]) });
  log.note({ committed: [batch(again, 0, [])], begun: [], held: new Map() });
  log.note({ committed: [batch(again, 0, [])], begun: [], held: new Map() });
  expect(lines).toEqual([
    'public.t is defined differently from its source: it has no column "v". Changes of this table wait; other tables continue. Run at the target: ALTER …;',
    'public.t is defined differently from its source: another. Changes of this table wait; other tables continue. Run at the target: ALTER …;',
    'changes are applied to the table again',
  ]);
});
