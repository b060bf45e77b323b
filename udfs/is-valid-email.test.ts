import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isValidEmail } from './is-valid-email.ts';

const x = (times: number): string => 'x'.repeat(times);

test.each([
  'john.doe@example.com',
  'john+tag@example.co.uk',
  "o'brien@example.ie",
  'a_b-c@sub.domain.museum',
  ' padded@example.com ',
  'JOHN@EXAMPLE.COM',
  'andré@example.fr',
  '葉士豪@臺網中心.台灣',
  'info@bücher.de',
  'info@例子.商務',
  'any+one@example.tld',
  'x@gov.uk',
  `${x(64)}@example.com`,
])('%j is valid', (email) => {
  expect(isValidEmail(email)).toBe(true);
});

test.each([
  null,
  '',
  ' ',
  'plain',
  '@example.com',
  'user@',
  'user@localhost',
  'user@example.nosuchtld',
  'user@example.com.',
  'user@.example.com',
  'user@example..com',
  'user@-example.com',
  'user@-bücher.de',
  'user@example.xn--0',
  'user@example-.com',
  'user@exa_mple.com',
  'user@192.168.0.1',
  'user@[192.168.0.1]',
  'user@printer.local',
  'user@hidden.onion',
  '.user@example.com',
  'user.@example.com',
  'us..er@example.com',
  'us er@example.com',
  'user @example.com',
  'user@ example.com',
  'a@b@example.com',
  '"john doe"@example.com',
  'John <john@example.com>',
  'john@example.com\n',
  'john\u200b@example.com',
  'john.\u0301@example.com',
  'a@example.com,b@example.com',
  'mailto:a@example.com,',
  `${x(65)}@example.com`,
  `a@${x(64)}.com`,
  `a@${`${x(60)}.`.repeat(5)}com`,
])('%j is not', (email) => {
  expect(isValidEmail(email)).toBe(false);
});

test('never throws, and hostile input takes no time', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof isValidEmail(text) === 'boolean'));
  const started = performance.now();
  for (const piece of ['a.', 'a@', '-', '<', '@', '.', 'é', '"\\']) {
    for (const text of [piece.repeat(50_000), `a@${piece.repeat(50_000)}`, `${piece.repeat(50_000)}@a.com`])
      isValidEmail(text);
  }
  expect(performance.now() - started).toBeLessThan(2000);
});
