import fc from 'fast-check';
import { type CountryCode, getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { cpuMs } from '../test/cpu-time.ts';
import { nationalE164, nationalFit, readInternational } from './phone.ts';
import { type PhoneText, readPhoneText } from './phone-text.ts';

function read(cell: string): PhoneText {
  const phone = readPhoneText(cell);
  if (phone === null) throw new Error(`${cell} is no phone number`);
  return phone;
}

const countries = getCountries();
const example = (country: CountryCode) => getExampleNumber(country, examples);

test('the example number of every country is read as libphonenumber reads it', () => {
  expect(countries.length).toBeGreaterThan(200);
  for (const country of countries) {
    const number = example(country);
    if (number === undefined) continue;
    const whose = parsePhoneNumberFromString(number.number)?.country;
    expect(readInternational(number.number.slice(1)), country).toEqual({ country: whose, e164: number.number });
    // Mobiles of the Åland Islands have Finnish numbers.
    if (whose !== country) continue;
    const national = read(number.formatNational());
    expect(nationalFit(national, country), `${country} ${national.text}`).toBe(2);
    // An Argentine mobile is dialled with 15 at home and has a 9 abroad, which the cell lacks.
    const whole = national.digits.endsWith(number.nationalNumber) ? number.number : null;
    expect(nationalE164(national.digits, country), `${country} ${national.text}`).toBe(whole);
  }
});

test('any digits after any calling code are read as libphonenumber reads them', () => {
  const number = fc.tuple(fc.constantFrom(...countries), fc.stringMatching(/^\d{2,12}$/)).map(([country, digits]) => {
    const plan = example(country)?.countryCallingCode ?? '1';
    return `${plan}${digits}`;
  });
  let valid = 0;
  fc.assert(
    fc.property(number, (digits) => {
      const library = parsePhoneNumberFromString(`+${digits}`);
      const own = readInternational(digits);
      // Where an area code completes a local number, the library also does so after a calling code.
      if (library?.isValid() !== true || !digits.endsWith(library.nationalNumber)) return;
      valid += 1;
      expect(own).toEqual({ country: library.country, e164: library.number });
    }),
    { numRuns: 20_000, seed: 1 },
  );
  expect(valid).toBeGreaterThan(500);
});

test.each([
  ['+44 (0)20 7946 0018', 'GB', '+442079460018'],
  ['0033 1 42 68 53 00', 'FR', '+33142685300'],
  ['tel:+1-416-967-1111', 'CA', '+14169671111'],
  ['+1 416 967 1111 ext. 12', 'CA', '+14169671111'],
  ['＋８１ 3-3580-3311', 'JP', '+81335803311'],
  ['+1-555-0123', null, null],
  ['+49 1', null, null],
  ['+999 123456', null, null],
])('the cell %j is read as digits, country and E.164 form', (cell, country, e164) => {
  const phone = read(cell);
  expect(phone.international).toBe(true);
  expect(readInternational(phone.digits)).toMatchObject({ e164 });
  if (country !== null) expect(readInternational(phone.digits).country).toBe(country);
});

test.each(['', 'n/a', '030 901820 (nur abends)', '+49 30 +49 30', 'x'.repeat(41)])(
  'the cell %j holds no number',
  (cell) => {
    const phone = readPhoneText(cell);
    expect(phone === null || nationalE164(phone.digits, 'DE') === null).toBe(true);
  },
);

test('a number without the prefix that its country requires fits another country better', () => {
  expect(nationalFit(read('030 901820'), 'DE')).toBe(2);
  expect(nationalFit(read('030901820'), 'DE')).toBe(1);
  expect(nationalFit(read('30 901820'), 'DE')).toBe(0);
  expect(nationalFit(read('(809) 234-3323'), 'DO')).toBe(2);
  expect(nationalFit(read('(809) 234-3323'), 'US')).toBe(0);
});

test('a number in ASCII gives the same reading on the fast and on the careful path', () => {
  const cell = fc.oneof(
    fc.stringMatching(/^[+0-9 ()./-]{0,39}$/),
    fc.stringMatching(/^\(?\+?\d{1,4}[ ()./-]\d{3,12}$/),
  );
  fc.assert(
    fc.property(cell, (text) => {
      // An invisible joiner changes nothing, but is not ASCII.
      const careful = readPhoneText(`${text}\u2060`);
      const plain = readPhoneText(text);
      expect(plain === null ? null : { ...plain, text: '' }).toEqual(
        careful === null ? null : { ...careful, text: '' },
      );
    }),
    { numRuns: 5000, seed: 1 },
  );
});

test('any cell gives E.164 or null, and never an error', () => {
  const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+0-9 ()./-]{0,40}$/));
  fc.assert(
    fc.property(cell, fc.constantFrom(...countries, 'ZZ', ''), (text, country) => {
      const phone = readPhoneText(text);
      if (phone === null) return;
      const e164 = phone.international ? readInternational(phone.digits).e164 : nationalE164(phone.digits, country);
      expect(e164 === null || /^\+[1-9]\d{4,19}$/.test(e164)).toBe(true);
      expect([0, 1, 2]).toContain(nationalFit(phone, country));
    }),
    { numRuns: 5000 },
  );
});

test('hostile cells are read in linear time', () => {
  const started = cpuMs();
  for (const piece of ['0', '00', '+', '1', '9', '(', ' ', '-', ' ext', 'x1', '８'])
    for (const text of [
      piece.repeat(50_000),
      `+1${piece.repeat(20)}`.slice(0, 40),
      `0${piece.repeat(39)}`.slice(0, 40),
    ]) {
      const phone = readPhoneText(text);
      if (phone === null) continue;
      readInternational(phone.digits);
      for (const country of countries) nationalFit(phone, country);
    }
  expect(cpuMs() - started).toBeLessThan(2000);
});
