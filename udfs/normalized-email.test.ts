import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizedEmail, plainEmail } from './normalized-email.ts';

test.each([
  [' John.Doe@Example.COM ', 'john.doe@example.com'],
  ['John.Doe+shop@gmail.com', 'johndoe@gmail.com'],
  ['j.o.h.n@googlemail.com', 'john@gmail.com'],
  ['john.doe+x@outlook.com', 'john.doe@outlook.com'],
  ['john.+x@hotmail.co.uk', 'john@hotmail.co.uk'],
  ['john+x@icloud.com', 'john@icloud.com'],
  ['john+x@fastmail.com', 'john@fastmail.com'],
  // Yahoo: a mailbox may contain a dash.
  ['jean-marc@yahoo.fr', 'jean-marc@yahoo.fr'],
  ['jean-pierre@yahoo.fr', 'jean-pierre@yahoo.fr'],
  ['john-news@yahoo.com', 'john-news@yahoo.com'],
  ['john-news@yahoo.co.jp', 'john-news@yahoo.co.jp'],
  ['ann-lee@ymail.com', 'ann-lee@ymail.com'],
  ['ann-lee@rocketmail.com', 'ann-lee@rocketmail.com'],
  ['ann-lee@gmail.com', 'ann-lee@gmail.com'],
  // A domain that only resembles a provider's has no rule.
  ['john+x@outlook.xyz', 'john+x@outlook.xyz'],
  ['john+x@live.pe', 'john+x@live.pe'],
  ['j.ohn@gmail.de', 'j.ohn@gmail.de'],
  ['john+x@hotmail.fr', 'john@hotmail.fr'],
  ['john+x@live.nl', 'john@live.nl'],
  ['john@x.org.', null],
  ['jo\u00adhn@gmail.com', null],
  ['john+x@example.com', 'john+x@example.com'],
  ['+x@outlook.com', '+x@outlook.com'],
  ['Ste\u0301phane@example.fr', 'stéphane@example.fr'],
  ['info@Bücher.de', 'info@xn--bcher-kva.de'],
  ['john..doe@gmail.com', null],
  ['john@localhost', null],
  ['', null],
  [null, null],
])('%j is normalised to %j', (email, normal) => {
  expect(normalizedEmail(email)).toBe(normal);
});

test('normalising a normalised address changes nothing', () => {
  const local = fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', 'B', '.', '+', '-', 'é', 'İ', 'ß', '\u0301', '\u1100', '\u1161', 'Σ', '9', '_'),
    }),
    fc.string(),
    fc.string({ unit: 'grapheme' }),
  );
  const domain = fc.constantFrom(
    'gmail.com',
    'GoogleMail.com',
    'outlook.de',
    'yahoo.com',
    'icloud.com',
    'bücher.de',
    'x.org',
  );
  fc.assert(
    fc.property(local, domain, (before, after) => {
      const normal = normalizedEmail(`${before}@${after}`);
      if (normal !== null) expect(normalizedEmail(normal)).toBe(normal);
    }),
    { numRuns: 10_000 },
  );
});

test('dots and tags stay, and nothing else changes, when the mailbox rules are off', () => {
  expect(plainEmail(' Ada.L+news@GoogleMail.com')).toBe('ada.l+news@googlemail.com');
  expect(plainEmail('ada')).toBeNull();
  expect(plainEmail('ada@bücher.de')).toBe(normalizedEmail('ada@bücher.de'));
});
