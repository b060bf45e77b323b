/**
 * The oracle's hand-written facts about e-mail addresses and countries. A workload uses only these values, so
 * that the expected enrichment is known without computing it. Only cases on which every sound implementation agrees:
 * no contested domains, no bare postal codes that several countries share.
 */

/** The categories an address can have. */
export type EmailCategory =
  | 'personal'
  | 'corporate'
  | 'educational'
  | 'government'
  | 'military'
  | 'nonprofit'
  | 'disposable'
  | 'unknown';

/** The expected values for one address. */
export type EmailFacts = {
  readonly domain: string | null;
  readonly valid: boolean;
  readonly category: EmailCategory;
  readonly normalized: string | null;
};

/** One address; `#` stands for a run of digits, both in the address and in its normalized form. */
export type EmailCase = EmailFacts & { readonly email: string };

const known = (category: EmailCategory, email: string, domain: string, normalized: string): EmailCase => ({
  email,
  domain,
  valid: true,
  category,
  normalized,
});

const broken = (email: string, domain: string | null): EmailCase => ({
  email,
  domain,
  valid: false,
  category: 'unknown',
  normalized: null,
});

/** A domain of 116 characters. It exceeds the 100 of its column, so the column stays NULL. */
export const longDomain = `${'a'.repeat(60)}.${'b'.repeat(51)}.com`;

export const emailCases: readonly EmailCase[] = [
  known('personal', 'john.doe#@gmail.com', 'gmail.com', 'johndoe#@gmail.com'),
  known('personal', 'J.O.H.N#+Promo@Gmail.COM', 'gmail.com', 'john#@gmail.com'),
  known('personal', 'anna.b#@googlemail.com', 'googlemail.com', 'annab#@gmail.com'),
  known('personal', 'maria#@yahoo.com', 'yahoo.com', 'maria#@yahoo.com'),
  known('personal', 'li#@outlook.com', 'outlook.com', 'li#@outlook.com'),
  known('personal', 'SAM#@Hotmail.com', 'hotmail.com', 'sam#@hotmail.com'),
  known('personal', 'kai#@icloud.com', 'icloud.com', 'kai#@icloud.com'),
  known('personal', 'old#@aol.com', 'aol.com', 'old#@aol.com'),
  known('personal', 'wang#@qq.com', 'qq.com', 'wang#@qq.com'),
  known('personal', 'heidi#@gmx.de', 'gmx.de', 'heidi#@gmx.de'),
  known('personal', 'Uwe#@web.de', 'web.de', 'uwe#@web.de'),

  known('educational', 'prof#@mit.edu', 'mit.edu', 'prof#@mit.edu'),
  known('educational', 'Grad.Student#@cs.stanford.edu', 'cs.stanford.edu', 'grad.student#@cs.stanford.edu'),
  known('educational', 'don#@ox.ac.uk', 'ox.ac.uk', 'don#@ox.ac.uk'),
  known('educational', 'fellow#@maths.ox.ac.uk', 'maths.ox.ac.uk', 'fellow#@maths.ox.ac.uk'),
  known('educational', 'sensei#@u-tokyo.ac.jp', 'u-tokyo.ac.jp', 'sensei#@u-tokyo.ac.jp'),

  known('government', 'staff#@whitehouse.gov', 'whitehouse.gov', 'staff#@whitehouse.gov'),
  known('government', 'clerk#@nasa.gov', 'nasa.gov', 'clerk#@nasa.gov'),
  known('government', 'tax#@hmrc.gov.uk', 'hmrc.gov.uk', 'tax#@hmrc.gov.uk'),
  known('government', 'desk#@health.gov.au', 'health.gov.au', 'desk#@health.gov.au'),

  known('military', 'sgt#@army.mil', 'army.mil', 'sgt#@army.mil'),
  known('military', 'Lt#@us.navy.mil', 'us.navy.mil', 'lt#@us.navy.mil'),

  known('nonprofit', 'help#@redcross.org', 'redcross.org', 'help#@redcross.org'),
  known('nonprofit', 'Editor#@Wikimedia.org', 'wikimedia.org', 'editor#@wikimedia.org'),
  known('nonprofit', 'case#@amnesty.org', 'amnesty.org', 'case#@amnesty.org'),

  known('disposable', 'tmp#@mailinator.com', 'mailinator.com', 'tmp#@mailinator.com'),
  known('disposable', 'tmp#@guerrillamail.com', 'guerrillamail.com', 'tmp#@guerrillamail.com'),
  known('disposable', 'Tmp#@yopmail.com', 'yopmail.com', 'tmp#@yopmail.com'),

  known('corporate', 'anna.schmidt#@siemens.com', 'siemens.com', 'anna.schmidt#@siemens.com'),
  known('corporate', 'Klaus.Weber#@SIEMENS.COM', 'siemens.com', 'klaus.weber#@siemens.com'),
  known('corporate', 'jane+tag#@ibm.com', 'ibm.com', 'jane+tag#@ibm.com'),
  known('corporate', "Pat.O'Neil#@microsoft.com", 'microsoft.com', "pat.o'neil#@microsoft.com"),
  known('corporate', 'first_last-#@bosch.com', 'bosch.com', 'first_last-#@bosch.com'),
  known('corporate', 'jos\u00e9#@siemens.com', 'siemens.com', 'jos\u00e9#@siemens.com'),
  known('corporate', 'k.tanaka#@toyota.co.jp', 'toyota.co.jp', 'k.tanaka#@toyota.co.jp'),

  broken('', null),
  broken('not-an-email', null),
  broken('john#@', null),
  broken('\\N', null),
  broken('tab\tand\nnewline', null),
  broken('john..doe#@gmail.com', 'gmail.com'),
  broken('.john#@Gmail.com', 'gmail.com'),
  broken('john#.@gmail.com', 'gmail.com'),
  broken('jane doe#@siemens.com', 'siemens.com'),
  broken('a@b#@ibm.com', 'ibm.com'),
  broken('nobody#@localhost', 'localhost'),
  broken(`${'l'.repeat(70)}#@gmail.com`, 'gmail.com'),
  broken(`double..dot#@${longDomain}`, null),
];

const nothing: EmailFacts = { domain: null, valid: false, category: 'unknown', normalized: null };
const byEmail: ReadonlyMap<string, EmailCase> = new Map(emailCases.map((one) => [one.email, one]));

/** The facts of an address; throws if the table does not have it. */
export function emailFacts(email: string | null): EmailFacts {
  if (email === null) return nothing;
  const exact = byEmail.get(email);
  if (exact) return exact;
  const digits = /\d+/.exec(email)?.[0] ?? '';
  const found = byEmail.get(email.replace(digits, '#'));
  if (!found) throw new Error(`the oracle does not know the e-mail ${JSON.stringify(email)}`);
  return { ...found, normalized: found.normalized === null ? null : found.normalized.replace('#', digits) };
}

/** Does the address point at no country? Then it fits any other evidence. */
export const saysNoCountry = (one: EmailFacts): boolean =>
  one.domain === null || one.domain.endsWith('.com') || one.domain.endsWith('.org') || one.domain === 'localhost';

/** The fields that determine a country. */
export type Place = {
  readonly country: string | null;
  readonly state: string | null;
  readonly city: string | null;
  readonly postal_code: string | null;
  readonly phone: string | null;
};

/** Unambiguous spellings of a country. A given country decides alone, whatever the address says. */
export const countrySpellings: readonly (readonly [iso: string, spellings: readonly string[]])[] = [
  ['US', ['USA', 'US', 'U.S.', 'United States', 'UNITED STATES OF AMERICA', '840']],
  ['DE', ['Deutschland', 'Germany', 'DE', 'DEU', ' germany ']],
  ['GB', ['United Kingdom', 'UK', 'GB', 'GBR', 'Great Britain', 'England']],
  ['BR', ['Brasil', 'Brazil', 'BR']],
  ['JP', ['Japan', '\u65e5\u672c', 'JPN', 'jp']],
  ['FR', ['France', 'FR', 'FRA']],
  ['ES', ['Espa\u00f1a', 'Spain']],
  ['IT', ['Italia', 'Italy']],
  ['AT', ['\u00d6sterreich', 'Austria']],
  ['CH', ['Schweiz', 'Switzerland']],
  ['MX', ['M\u00e9xico', 'Mexico']],
  ['CA', ['Canada', 'CAN']],
  ['IN', ['India', 'IND']],
  ['AU', ['Australia', 'AUS']],
  ['NL', ['Netherlands', 'Nederland']],
  ['PL', ['Poland', 'Polska']],
  ['SE', ['Sweden', 'Sverige']],
  ['KR', ['South Korea', 'KOR']],
  ['TR', ['Turkey', 'T\u00fcrkiye']],
  ['ZA', ['South Africa', 'ZAF']],
  ['KE', ['Kenya', 'KEN']],
  ['NA', ['Namibia', 'NAM']],
];

/** Country fields that name no country; used only if no other field points at one. */
export const noCountries: readonly string[] = ['', '   ', 'Atlantis', 'N/A'];

/** Addresses whose four parts agree on one country. They decide if the country is missing or empty. */
export const agreeingPlaces: readonly (Omit<Place, 'country'> & { readonly iso: string })[] = [
  { iso: 'CA', state: 'ON', city: 'Ottawa', postal_code: 'K1A 0B1', phone: '+1 613-992-4793' },
  { iso: 'CA', state: 'BC', city: 'Vancouver', postal_code: 'V6B 1A1', phone: '+1 604-873-7000' },
  { iso: 'GB', state: 'England', city: 'London', postal_code: 'SW1A 1AA', phone: '+44 20 7946 0958' },
  { iso: 'US', state: 'NY', city: 'New York', postal_code: '10001', phone: '+1 212-736-3100' },
  { iso: 'US', state: 'CA', city: 'San Francisco', postal_code: '94103', phone: '+1 415-554-4000' },
  { iso: 'JP', state: '\u6771\u4eac\u90fd', city: 'Tokyo', postal_code: '100-0001', phone: '+81 3-3213-1111' },
  { iso: 'DE', state: 'Bayern', city: 'M\u00fcnchen', postal_code: '80331', phone: '+49 89 23300' },
  { iso: 'FR', state: '\u00cele-de-France', city: 'Paris', postal_code: '75001', phone: '+33 1 42 86 82 00' },
  { iso: 'BR', state: 'SP', city: 'S\u00e3o Paulo', postal_code: '01310-100', phone: '+55 11 3251-5644' },
  { iso: 'AU', state: 'NSW', city: 'Sydney', postal_code: '2000', phone: '+61 2 9374 4000' },
  { iso: 'IN', state: 'Delhi', city: 'New Delhi', postal_code: '110001', phone: '+91 11 2301 2345' },
  { iso: 'NL', state: 'Noord-Holland', city: 'Amsterdam', postal_code: '1012 JS', phone: '+31 20 555 1111' },
];

const isoBySpelling: ReadonlyMap<string, string> = new Map(
  countrySpellings.flatMap(([iso, spellings]) => spellings.map((spelling) => [spelling, iso] as const)),
);

const samePlace = (a: Omit<Place, 'country'>, b: Omit<Place, 'country'>): boolean =>
  a.state === b.state && a.city === b.city && a.postal_code === b.postal_code && a.phone === b.phone;

const nowhere = { state: null, city: null, postal_code: null, phone: null };

/** ISO 3166-1 alpha-2 code of a place; throws if the tables do not have it. */
export function countryOf(place: Place): string | null {
  const given = place.country === null ? undefined : isoBySpelling.get(place.country);
  if (given) return given;
  const missing = place.country === null || place.country.trim() === '';
  const agreeing = agreeingPlaces.find((one) => samePlace(one, place));
  if (missing && agreeing) return agreeing.iso;
  if (samePlace(place, nowhere) && (missing || noCountries.includes(place.country ?? ''))) return null;
  throw new Error(`the oracle does not know the place ${JSON.stringify(place)}`);
}

/** Texts that a careless COPY, cast or clean-up changes. They must be stored unchanged. At most 50 code points each. */
export const awkwardTexts: readonly string[] = [
  '',
  ' ',
  '\\N',
  '\\.',
  '\\',
  '\\\\',
  '\\t is no tab, \\x41 is no A',
  'ends in a backslash\\',
  'tab\tinside',
  'line\nbreak',
  'carriage\r\nreturn',
  '\\.\nnext line',
  '\u000b\f\b\u0001\u001f\u007f',
  `quotes " ' \` \u201e\u201c`,
  `'); drop table users_enriched; --`,
  'comma, semicolon; bar| $1 %s {}',
  'null',
  'NULL',
  '"id":1,"cdc_sequence":99999999999999999999',
  '{"id":12.5}',
  '  spaces around  ',
  'no-break\u00a0space, \u3000 wide space',
  'line separators \u2028 and \u2029',
  'combining e\u0301, composed \u00e9',
  'x\u0302\u0323\u0308 stacked',
  'family \u{1f468}\u200d\u{1f469}\u200d\u{1f467}, flag \u{1f1ef}\u{1f1f5}',
  'mathematical \u{1d49c}\u{1d4b7}, rare \u{20bb7}',
  '\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd',
  '\u0645\u0631\u062d\u0628\u0627 123 \u0628\u0627\u0644\u0639\u0627\u0644\u0645',
  '\u200fright-to-left mark\u200f',
  'a replacement character \ufffd on purpose',
  'byte order mark \ufeff inside',
  '\u6771\u4eac\u90fd\u5343\u4ee3\u7530\u533a',
];

/** Unusual names with an undisputed full name. */
export const names: readonly string[] = [
  'John',
  'Doe',
  'Mar\u00eda Jos\u00e9',
  "O'Connor",
  'van der Berg',
  'de la Cruz-Su\u00e1rez',
  '\u5c71\u7530',
  '\u592a\u90ce',
  '\u05d3\u05d5\u05d3',
  '\u0645\u062d\u0645\u062f',
  '\u0410\u043d\u043d\u0430',
  'Nguy\u1ec5n',
  'mcdonald',
  'ANNA-LENA',
  'Back\\slash',
  'A\\NB',
  'Quo"te',
  'smile \u{1f600}',
  'q\u0303ueer',
  '  padded  ',
  'two  spaces',
  'tab\tname',
  'new\nline',
  '',
  '   ',
];
