import { expect, test } from 'vitest';
import { phoneE164 } from './phone-e164.ts';

test.each<[string | null, string | null, string | null]>([
  ['+49 30 901820', null, '+4930901820'],
  ['+49 30 901820', 'FR', '+4930901820'],
  ['030 901820', 'DE', '+4930901820'],
  ['(030) 90 18-20', 'DE', '+4930901820'],
  ['030 901820', null, null],
  ['030 901820', 'ZZ', null],
  ['+1-555-0123', 'US', null],
  ['555-0123', 'US', null],
  ['(212) 736-5000', 'US', '+12127365000'],
  ['06 474 51234', 'IT', '+390647451234'],
  ['0044 20 7946 0018', null, '+442079460018'],
  ['n/a', 'DE', null],
  ['', 'DE', null],
  [null, 'DE', null],
])('%j in %j is %j', (cell, country, e164) => {
  expect(phoneE164(cell, country)).toBe(e164);
});

test('what it gives it reads again', () => {
  for (const cell of ['+49 30 901820', '+39 06 474 51234', '+54 9 11 2345 6789']) {
    const once = phoneE164(cell, null);
    expect(once).not.toBeNull();
    expect(phoneE164(once, 'US')).toBe(once);
  }
});
