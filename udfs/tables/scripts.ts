/**
 * Writing systems that point at countries: a name in kana is Japanese even if no gazetteer has the village. Only scripts
 * used by few states; where a script serves many languages all their states are listed (Unicode, "Languages and Scripts").
 * The order matters: Japanese mixes kana with Han, so kana comes first.
 */
import { combiningMarks, lettersBeyondAscii } from './letters.ts';

const scripts: readonly (readonly [RegExp, readonly string[]])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, ['JP']],
  [/\p{Script=Hangul}/u, ['KR', 'KP']],
  [/\p{Script=Bopomofo}/u, ['TW']],
  [/\p{Script=Han}/u, ['CN', 'TW', 'JP', 'HK', 'MO', 'SG', 'MY']],
  [/[ЇїЄєҐґ]/u, ['UA']],
  [/[Ўў]/u, ['BY', 'UZ']],
  [/[ЂђЋћЉљЊњЏџЈј]/u, ['RS', 'ME', 'BA', 'MK']],
  [
    /\p{Script=Cyrillic}/u,
    ['RU', 'UA', 'BY', 'BG', 'RS', 'ME', 'BA', 'MK', 'KZ', 'KG', 'TJ', 'MN', 'UZ', 'MD', 'TM', 'GE', 'AM', 'AZ'],
  ],
  [/\p{Script=Greek}/u, ['GR', 'CY']],
  [/\p{Script=Georgian}/u, ['GE']],
  [/\p{Script=Armenian}/u, ['AM']],
  [/\p{Script=Hebrew}/u, ['IL']],
  [/\p{Script=Thai}/u, ['TH']],
  [/\p{Script=Lao}/u, ['LA']],
  [/\p{Script=Khmer}/u, ['KH']],
  [/\p{Script=Myanmar}/u, ['MM']],
  [/\p{Script=Sinhala}/u, ['LK']],
  [/\p{Script=Tamil}/u, ['IN', 'LK', 'SG', 'MY']],
  [/\p{Script=Bengali}/u, ['BD', 'IN']],
  [/\p{Script=Devanagari}/u, ['IN', 'NP']],
  [
    /[\p{Script=Telugu}\p{Script=Gujarati}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Gurmukhi}\p{Script=Oriya}]/u,
    ['IN'],
  ],
  [/\p{Script=Ethiopic}/u, ['ET', 'ER']],
  [/\p{Script=Thaana}/u, ['MV']],
  [/\p{Script=Tibetan}/u, ['BT', 'CN', 'IN', 'NP']],
  [
    /\p{Script=Arabic}/u,
    'SA AE EG IQ JO KW LB LY MA DZ TN OM QA BH YE SY SD PS MR DJ SO KM IR AF PK IN CN IL TD'.split(' '),
  ],
];

/** Any character beyond Latin, whose blocks end before U+0250. Latin is the common case and needs no further check. */
const beyondLatin = /[\u0370-\uffff]/;

/** Signs, and letters that some Node versions do not know. */
const unknown = new RegExp(`[^${lettersBeyondAscii}${combiningMarks}]+`, 'gu');

/** The countries that write names in this script; an empty list for Latin. */
export function scriptCountries(name: string): readonly string[] {
  if (!beyondLatin.test(name)) return [];
  const text = name.replace(unknown, '');
  for (const [script, countries] of scripts) if (script.test(text)) return countries;
  return [];
}
