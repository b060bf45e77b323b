import fc from 'fast-check';
import { parse } from 'tldts';
import { expect, test } from 'vitest';
import { readEmail } from './email-address.ts';
import { readDomain } from './mail-domain.ts';

/** Labels that are in the Public Suffix List, or not, in any case. */
const label = fc.oneof(
  fc.constantFrom(
    ...'com org co uk ac www ck kawasaki city jp de net xn--p1ai github io tld con arpa 1 192 _x a- -a x'.split(' '),
  ),
  fc.stringMatching(/^[A-Za-z\d-]{1,12}$/),
);
const host = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

test('a domain that accepts mail is split as the Public Suffix List splits it, without options', () => {
  let mailable = 0;
  fc.assert(
    fc.property(host, (text) => {
      const domain = readDomain(text);
      if (domain?.mailable !== true) return;
      mailable += 1;
      const listed = parse(text.toLowerCase());
      expect(domain).toMatchObject({ ascii: text.toLowerCase(), registrable: listed.domain ?? text.toLowerCase() });
      expect(listed.isIcann === true || /\.(?:tld|xn--p1ai)$/i.test(text)).toBe(true);
    }),
    { numRuns: 10_000, seed: 1 },
  );
  expect(mailable).toBeGreaterThan(1000);
});

test.each([
  '1.2.3.4',
  '::1',
  'localhost',
  'a..com',
  '-a.com',
  `${'a'.repeat(64)}.com`,
  `${'a.'.repeat(130)}com`,
  'a.onion',
])('no mail can be sent to %s', (text) => {
  expect(readDomain(text)?.mailable ?? false).toBe(false);
});

test('an address in plain ASCII gives the same reading as on the careful path', () => {
  const local = fc.oneof(fc.stringMatching(/^[A-Za-z.+_-]{0,8}$/), fc.stringMatching(/^[!-~]{0,70}$/));
  fc.assert(
    fc.property(local, host, (before, behind) => {
      const { plain, ...careful } = readEmail(` ${before}@${behind}`);
      if (before.includes('>') || careful.domain === null) return;
      expect(plain).toBe(false);
      expect(readEmail(`${before}@${behind}`)).toEqual({ ...careful, plain: true });
    }),
    { numRuns: 5000, seed: 1 },
  );
});
