/**
 * Detects cells without information about a place before they are read. `N/A` is not a pair of province codes, `#REF!` is not a province,
 * and `null` is not a postal code of Bermuda. For places only: some of these words are real names of people ("Null"), so
 * `full-name.ts` has its own list.
 */
import { fold } from './fold.ts';
import { nothingWords } from './tables/nothing-words.ts';

const words = new Set(nothingWords.map(fold));

/** A spreadsheet error in any language (`#REF!`, `#¡VALOR!`, `#NV`), an export's null (`\N`), or an unfilled template. */
const residue = /^(?:#|\\|\$\{|\{\{|\{%|<%|%\w+%$|%[sd]$|\{\w*\}$|<\w+>$|\[object )/;

const letter = /^[^\0-\x7f]/u;

/** One character repeated at least three times; `x`, `z`, `y` and `q` also once or twice. */
const repeated = /^(?:[xzyq]|(.)\1{2,}|(?:xx|zz|yy|qq))$/u;

/** Keyboard rows, the alphabet, test values. */
const typedOver =
  /^(?:(?:asdf?|sdfg?|dfgh?|fghj?|qwer?t?y?|qwertz|azert?y?|zxcv?b?|qaz|wsx|abcd?e?f?g?|xyz|aa?bb?cc?|foo|foobar|baz|test|demo|sample|dummy|example|tmp|temp|null|none|nan)+(?: ?\d+)?|(?:test|dummy|fake|sample|demo|example|unknown|default|no|any|other|invalid|some|null|none|my|your|the|a|enter|missing|empty|select)(?: (?:a|an|the|your|my|valid|other))?(?: (?:country|countries|city|cities|state|states|province|region|town|county|zip|zip ?code|post ?code|postal ?code|location|place|address|value|data|entry|info|information|answer|response|record|match|name|field|input|test|option|selection|item|user|null|none))+(?: \d+)?)$/;

const denied =
  /^(?:not|non|none|no|nothing|never|un|was not|is not|isnt|wasnt|information not|data not|country not|city not|state not|currently not|currently)(?: yet)? ?(?:applicable|available|avail|provided|specified|set|given|known|found|stated|entered|defined|supplied|disclosed|assigned|listed|selected|required|recorded|reported|captured|present|sure|shown|mentioned|declared|determined|filled|filled in|filled out|completed|in list|on file|in the list|in use|used|exist|existing|valid|relevant|needed|important|classified|mapped|allocated|collected|here|chosen|registered|identified|indicated|resolved|detected|matched)$/;

/** Whether it consists only of words for nothing: `null null`, `NULL, NULL`, `none none`. */
function isNothing(folded: string): boolean {
  return (
    words.has(folded) ||
    repeated.test(folded) ||
    (folded.length <= 60 && (typedOver.test(folded) || denied.test(folded))) ||
    (folded.includes(' ') &&
      folded.length <= 40 &&
      folded.split(' ').every((word) => word.length > 1 && words.has(word)))
  );
}

/**
 * Whether the text is a listed placeholder, or was left behind by a program. Checked before any lookup, because some placeholders are codes as well
 * (`na`). `isUninformative` recognises more, and is needed only where no list has the text.
 */
export function isPlaceholder(text: string, folded: string): boolean {
  return folded === '' || words.has(folded) || residue.test(text);
}

/** Whether the text, cleaned by `cleanCell` and folded, contains no information. */
export function isUninformative(text: string, folded: string): boolean {
  // `Ý` is Italy in Vietnamese, unlike the placeholder `y`.
  if (folded.length === 1 && folded !== text.toLowerCase()) return !letter.test(text) || residue.test(text);
  return folded === '' || residue.test(text) || isNothing(folded);
}
