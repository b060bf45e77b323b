import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuMs } from '../test/cpu-time.ts';
import { type CountryCells, countryAnswer, explainCountry, inferredCountry } from './inferred-country.ts';

const nothing: CountryCells = { country: null, state: null, city: null, postal_code: null, phone: null, email: null };
const of = (cells: Partial<CountryCells>): string | null => inferredCountry({ ...nothing, ...cells });

test.each([
  ['USA', 'US'],
  ['U.S.', 'US'],
  ['us', 'US'],
  ['United States of America', 'US'],
  ['England', 'GB'],
  ['UK', 'GB'],
  ['Holland', 'NL'],
  ['Deutschland', 'DE'],
  ['República Federativa do Brasil', 'BR'],
  ["République d'Haïti", 'HT'],
  ['Kongeriget Danmark', 'DK'],
  ['Türkiye Cumhuriyeti', 'TR'],
  ['Республика Казахстан', 'KZ'],
  ['جمهورية العراق', 'IQ'],
  ['Argenitna', 'AR'],
  ['rgentina', 'AR'],
  ['Rgaentina', null],
  ['Brgentina', 'AR'],
  ['Austrlia', null],
  ['ambia', null],
  ['Allemagne', 'DE'],
  ['  bRASIL. ', 'BR'],
  ['España', 'ES'],
  ['Polska', 'PL'],
  ['Türkiye', 'TR'],
  ['Россия', 'RU'],
  ['日本', 'JP'],
  ['대한민국', 'KR'],
  ['中国', 'CN'],
  ['مصر', 'EG'],
  ['840', 'US'],
  ['GBR', 'GB'],
  ['Korea, Republic of', 'KR'],
  ['Congo (Kinshasa)', 'CD'],
  ['Republic of Benin', 'BJ'],
  ['Federal Republic of Nigeria', 'NG'],
  ['Côte d’Ivoire', 'CI'],
  ['Niger', 'NE'],
  ['Austrailia', 'AU'],
  ['Untied States', 'US'],
  ['NA', 'NA'],
  ['Namibia', 'NA'],
  ['N/A', null],
  ['na', null],
  ['none', null],
  ['null', null],
  ['-', null],
  ['unknown', null],
  ['Atlantis', null],
  ['ZZ', null],
  ['', null],
])('the country cell %j means %j', (country, code) => {
  expect(of({ country })).toBe(code);
});

test('a valid country cell wins over all other cells', () => {
  expect(of({ country: 'Chile', phone: '+49 30 901820', city: 'Berlin', postal_code: '10115' })).toBe('CL');
});

test.each<[Partial<CountryCells>, string | null]>([
  [{ postal_code: 'SW1A 1AA' }, 'GB'],
  [{ postal_code: 'sw1a1aa' }, 'GB'],
  [{ postal_code: 'JE2 3AB' }, 'JE'],
  [{ postal_code: 'K1A 0B1' }, 'CA'],
  [{ postal_code: '1012 AB' }, 'NL'],
  [{ postal_code: '01310-100' }, 'BR'],
  [{ postal_code: 'D-80331' }, 'DE'],
  [{ postal_code: '12345' }, null],
  [{ postal_code: '00000' }, null],
  [{ phone: '+49 30 901820' }, 'DE'],
  [{ phone: '0033 1 42 68 53 00' }, 'FR'],
  [{ phone: '+1 416 555 0100' }, 'CA'],
  [{ phone: '030 901820' }, null],
  [{ city: 'New York', state: 'NY', postal_code: '10001' }, 'US'],
  [{ city: 'München', postal_code: '80331' }, 'DE'],
  [{ city: 'Roma', postal_code: '00184' }, 'IT'],
  [{ city: 'Zürich', postal_code: '8001' }, 'CH'],
  [{ city: '名古屋市', postal_code: '453-0846' }, 'JP'],
  [{ city: 'Paris' }, 'FR'],
  [{ city: 'San José' }, null],
  [{ state: 'California' }, 'US'],
  [{ state: 'Kanton Zürich' }, 'CH'],
  [{ state: 'US-NY' }, 'US'],
  [{ country: 'Bavaria' }, 'DE'],
  [{ email: 'jan@firma.pl', postal_code: '00-950' }, 'PL'],
  [{ email: 'ana@acme.hu', postal_code: '3104' }, 'HU'],
  [{ email: 'dev@startup.io' }, null],
  [{ country: 'N/A', phone: '+264 61 123456' }, 'NA'],
  [{ country: 'NA', phone: '+49 30 901820' }, 'DE'],
  [{ country: 'NA', phone: '+49 30 901820', postal_code: 'SW1A 1AA' }, null],
  [{ phone: '+49 30 901820', postal_code: 'SW1A 1AA' }, null],
  [{ postal_code: '92843 CEDEX' }, 'FR'],
  [{ postal_code: '97853 CEDEX' }, 'RE'],
  [{ state: 'GP', postal_code: '97110' }, 'GP'],
  [{ state: 'Réunion', postal_code: '97400' }, 'RE'],
  [{ email: 'jean@exemple.fr', postal_code: '97200' }, 'MQ'],
  [{ state: 'TN', postal_code: '38258' }, null],
  [{ state: 'TN', postal_code: '37201' }, 'US'],
  [{ state: 'MI', postal_code: '20121' }, 'IT'],
  [{ state: 'MI', postal_code: '48226' }, 'US'],
  [{ state: 'Тюменская область', postal_code: '625000' }, 'RU'],
  [{ state: 'Co. Cork', postal_code: 'T12 X8N6' }, 'IE'],
  [{ postal_code: '75008', phone: '01 42 68 53 00' }, 'FR'],
  [{ postal_code: '11704', phone: '(809) 234-3323' }, 'DO'],
  [{ postal_code: '75008', phone: '555-0123' }, null],
  [{ city: 'Karbunare e Vogel', postal_code: '9002' }, 'AL'],
  [{ city: 'Xqzt', postal_code: '9002' }, null],
  [{ state: 'Michigan', city: 'Tower' }, 'US'],
  [{ city: 'Paris', postal_code: 'SW1A 1AA' }, null],
  [{ city: 'N/A', state: 'null', postal_code: '-' }, null],
  [{}, null],
])('%j gives the country %j', (cells, code) => {
  expect(of(cells)).toBe(code);
});

test.each<[Partial<CountryCells>, string | null]>([
  [{ country: 'Chile', city: 'Berlin' }, 'country'],
  [{ phone: '+49 30 901820', city: 'Berlin' }, 'phone'],
  [{ postal_code: '69002', city: 'Lyon' }, 'city+postal_code'],
  [{ country: 'California', postal_code: '90210' }, 'country+postal_code'],
  [{ country: 'NA' }, 'country'],
  [{ state: 'Wien', city: 'Wien', postal_code: '1010', phone: '+49 30 901820' }, 'state+city+postal_code'],
  [{ country: 'Georgia', city: 'Atlanta', state: 'GA', postal_code: '30303' }, 'state+city+postal_code'],
  [{ state: 'N/A', city: 'Berlin', phone: '+49 30 901820' }, 'phone'],
  [{ state: 'USA', city: 'Chicago' }, 'state'],
  [{ city: 'Boston', state: 'MA', postal_code: '2210' }, 'state'],
  [{ phone: '+49 30 901820', postal_code: 'SW1A 1AA' }, null],
  [{}, null],
])('%j is decided by %j', (cells, source) => {
  const whole = { ...nothing, ...cells };
  expect(countryAnswer(whole).source).toBe(source);
  const { steps, ...answer } = explainCountry(whole);
  expect(answer).toEqual(countryAnswer(whole));
  if (answer.country !== null && cells.country !== 'NA') expect(steps.at(-1)?.left).toEqual([answer.country]);
});

test('any cells give two capital letters or null, and never an error', () => {
  const cell = fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('Paris', '+49 30 901820', '10115', 'NY', 'a@b.de', '00184', 'Korea'),
    ),
  );
  const cells = fc.record({ country: cell, state: cell, city: cell, postal_code: cell, phone: cell, email: cell });
  fc.assert(
    fc.property(cells, (given) => {
      const code = inferredCountry(given);
      // Only an explanation weighs cells that agree.
      expect(explainCountry(given)).toMatchObject(countryAnswer(given));
      expect(code === null || /^[A-Z]{2}$/.test(code)).toBe(true);
      // A code is a spelling of its own country, except NA, which also means "none".
      if (code !== null && code !== 'NA') expect(inferredCountry({ ...given, country: code })).toBe(code);
    }),
    { numRuns: 2000 },
  );
});

test.each(['a@foo.12', 'a@foo.zz', 'a@foo.1a', 'a@foo.eu', 'a@foo.su'])('%s names no country', (email) => {
  expect(of({ email })).toBe(null);
});

test('hostile cells are read in linear time', () => {
  const started = cpuMs();
  for (const piece of ['republic of the ', 'a ', ' of', '(', ',', '+', '0', '٣', '\u0301']) {
    const text = piece.repeat(50_000);
    of({ country: text, state: text, city: text, postal_code: text, phone: `+${text}`, email: text });
    of({
      country: text.slice(0, 119),
      state: text.slice(0, 99),
      city: text.slice(0, 99),
      phone: `+1${text.slice(0, 38)}`,
    });
  }
  expect(cpuMs() - started).toBeLessThan(2000);
});
