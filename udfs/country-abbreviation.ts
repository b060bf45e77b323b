/**
 * Names of countries with abbreviated words: `Central African Rep.`, `Eq. Guinea`, `Bosnia & Herz.`, `St. Vin. and Gren.`. Each word is the
 * beginning of a word of the name, or keeps its first and last letter and some between (`St`, `Fmr`, `Utd`). The words are in the order
 * of the name, and only one country may match.
 */
import { withSpacedDots } from './clean-cell.ts';
import { fold } from './fold.ts';
import { lettersBeyondAscii } from './tables/letters.ts';
import { loadTable } from './tables/table.ts';

/** Small words that people leave out or add. */
const small = new Set(
  'of the and de del la las le les los el y e et und en d da do das dos du des der die das den van von het a an'.split(
    ' ',
  ),
);

/** Words that a single letter usually stands for. */
const letters: { readonly [letter: string]: RegExp | undefined } = {
  n: /^(?:north|northern|new|nord|norte|neu|noord)$/,
  s: /^(?:south|southern|saint|san|sao|sud|sur|sul|sudan)$/,
  e: /^(?:east|eastern|est|este|ost|oost|estados)$/,
  w: /^(?:west|western|west)$/,
  o: /^(?:ouest|occidental|oeste|occidentale|oriental)$/,
  u: /^(?:united|unis|unidos|uni|unido)$/,
  d: /^(?:democratic|democratique|democratica|dominican)$/,
  p: /^(?:peoples|popular|populaire)$/,
  r: /^(?:republic|republique|republica|republik|repubblica)$/,
  i: /^(?:islands?|isles?|islas?|iles?|islamic)$/,
  k: /^(?:kingdom|koninkrijk)$/,
  f: /^(?:federal|federated|federation|french)$/,
  l: /^(?:leste)$/,
  m: /^(?:mayen|miquelon)$/,
  g: /^(?:great|grenadines)$/,
  b: /^(?:britain|british|bissau)$/,
};

/** `isl` abbreviates `islands`, and so does `is`; a singular may stand for a plural. */
const synonyms = new Map([
  ['is', 'islands'],
  ['isl', 'islands'],
  ['isls', 'islands'],
  ['island', 'islands'],
  ['isle', 'isles'],
  ['ter', 'territory'],
  ['terr', 'territory'],
]);

function isWithin(short: string, word: string): boolean {
  let at = 0;
  for (const letter of word) if (letter === short[at]) at += 1;
  return at === short.length;
}

/** Words that occur in many names. A single letter beside them is ambiguous. */
const common =
  /^(?:new|san|saint|the|north|south|east|west|central|united|republic|states|islands|kingdom|great|french|british)$/;

function abbreviates(short: string, word: string): boolean {
  if (short === word) return true;
  if (word.startsWith(short) || synonyms.get(short) === word) return true;
  return short.length <= 5 && short[0] === word[0] && short.at(-1) === word.at(-1) && isWithin(short, word);
}

/** A single letter suffices if it is a usual abbreviation, or if another word is unambiguous: `Costa R.` */
function isShortFor(short: readonly string[], words: readonly string[]): boolean {
  const telling = short.some((word, at) => word.length >= 3 && word === words[at] && !common.test(word));
  return short.every((word, at) => {
    const whole = words[at] ?? '';
    if (word.length > 1 || word === whole) return abbreviates(word, whole);
    return letters[word]?.test(whole) === true || (telling && whole.startsWith(word));
  });
}

type Phrase = { readonly words: readonly string[]; readonly code: string };

/** Small words are dropped, except a first word of two letters (`El Salvador`). */
const wordsOf = (folded: string): readonly string[] =>
  folded.split(' ').filter((word, at) => !small.has(word) || (at === 0 && word.length <= 2));

/** Names by the number of their words and by their first letter, which every abbreviation keeps. */
const phrases = new Map<string, Phrase[]>();
const kindOf = (words: readonly string[]): string => `${words.length}${words[0]?.charAt(0) ?? ''}`;
for (const line of [...loadTable('country-phrases').lines(), ...loadTable('country-names').lines()]) {
  const [name = '', code = ''] = line.split('\t');
  const words = wordsOf(name);
  const same = phrases.get(kindOf(words));
  if (same === undefined) phrases.set(kindOf(words), [{ words, code }]);
  else same.push({ words, code });
}

/** Fewer letters in total are ambiguous. A single word must also end with a dot. */
const fewestLetters = 4;
const alone = new RegExp(`^[A-Za-z${lettersBeyondAscii}]{4,}\\.$`, 'u');

/** The country whose name the text abbreviates, with small words left out or added. Null if no country matches, or two do. */
export function countryOfAbbreviation(text: string): string | null {
  const short = wordsOf(fold(withSpacedDots(text)));
  if (short.length === 0 || short.length > 8 || short.join('').length < fewestLetters) return null;
  if (short.length === 1 && !alone.test(text)) return null;
  let found: string | null = null;
  for (const { words, code } of phrases.get(kindOf(short)) ?? []) {
    if (code === found || !isShortFor(short, words)) continue;
    if (found !== null) return null;
    found = code;
  }
  return found;
}
