import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emailDomain } from './email-domain.ts';

test.each([
  ['john.doe@example.com', 'example.com'],
  ['  John@EXAMPLE.Com ', 'example.com'],
  ['a@b@example.org', 'example.org'],
  ['"a@b"@example.org', 'example.org'],
  ['info@bücher.de', 'xn--bcher-kva.de'],
  ['jeff@臺網中心.tw', 'xn--fiqq24b10vi0d.tw'],
  ['Ada Lovelace <ada@example.org>', 'example.org'],
  ['not valid..@sub.example.co.uk', 'sub.example.co.uk'],
  ['localhost@intranet', 'intranet'],
  ['no at sign', null],
  ['user@', null],
  ['user@ ', null],
  ['user@exa mple.com', null],
  ['user@ex\u0000ample.com', null],
  ['user@..', null],
  ['ann@x.org.', 'x.org'],
  ['ann@X.ORG..', 'x.org'],
  ['Ann <ann@x.org.>', 'x.org'],
  ['ann@bücher.de.', 'xn--bcher-kva.de'],
  ['ann@例子.商務。', 'xn--fsqu00a.xn--lhr59c'],
  ['ann@x.org\uff0e', 'x.org'],
  ['user@exam\u00adple.com', null],
  ['user@exam\u200bple.com', null],
  ['user@i❤.ws', null],
  ['user@examp\u2551le.com', null],
  ['user@exam<\u0338ple.com', null],
  ['user@example.xn--0', 'example.xn--0'],
  ['@', null],
  ['', null],
  [null, null],
])('the domain of %j is %j', (email, domain) => {
  expect(emailDomain(email)).toBe(domain);
});

test('the domain of any text is lower-case ASCII or null', () => {
  const address = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string(), fc.string({ unit: 'grapheme' })).map(([local, domain]) => `${local}@${domain}`),
  );
  fc.assert(
    fc.property(address, (text) => {
      const domain = emailDomain(text);
      expect(domain === null || /^[a-z\d._-]+$/.test(domain)).toBe(true);
      if (domain !== null) expect(emailDomain(`x@${domain}`)).toBe(domain);
    }),
    { numRuns: 2000 },
  );
});
