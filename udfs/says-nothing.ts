/**
 * Does a cell for a place say anything at all? Asked before it is read: `N/A` is no pair of province codes, `#REF!` no province, `null` no
 * postal code of Bermuda. For places only: as parts of a person's name some of these are real ("Null"), which is why `full-name.ts` has
 * its own list.
 */
import { fold } from './fold.ts';
import { nothingWords } from './tables/nothing-words.ts';

const words = new Set(nothingWords.map(fold));

/** A spreadsheet's error in any language (`#REF!`, `#¡VALOR!`, `#NV`), an export's null (`\N`), a template that was never filled in. */
const residue = /^(?:#|\\|\$\{|\{\{|\{%|<%|%\w+%$|%[sd]$|\{\w*\}$|<\w+>$|\[object )/;

const letter = /^[^\0-\x7f]/u;

/** One character over and over, from the third on; of `x`, `z`, `y` and `q` alone. */
const repeated = /^(?:[xzyq]|(.)\1{2,}|(?:xx|zz|yy|qq))$/u;

/** Rows of keys, the alphabet, test values. */
const typedOver =
  /^(?:(?:asdf?|sdfg?|dfgh?|fghj?|qwer?t?y?|qwertz|azert?y?|zxcv?b?|qaz|wsx|abcd?e?f?g?|xyz|aa?bb?cc?|foo|foobar|baz|test|demo|sample|dummy|example|tmp|temp|null|none|nan)+(?: ?\d+)?|(?:test|dummy|fake|sample|demo|example|unknown|default|no|any|other|invalid|some|null|none|my|your|the|a|enter|missing|empty|select)(?: (?:a|an|the|your|my|valid|other))?(?: (?:country|countries|city|cities|state|states|province|region|town|county|zip|zip ?code|post ?code|postal ?code|location|place|address|value|data|entry|info|information|answer|response|record|match|name|field|input|test|option|selection|item|user|null|none))+(?: \d+)?)$/;

const denied =
  /^(?:not|non|none|no|nothing|never|un|was not|is not|isnt|wasnt|information not|data not|country not|city not|state not|currently not|currently)(?: yet)? ?(?:applicable|available|avail|provided|specified|set|given|known|found|stated|entered|defined|supplied|disclosed|assigned|listed|selected|required|recorded|reported|captured|present|sure|shown|mentioned|declared|determined|filled|filled in|filled out|completed|in list|on file|in the list|in use|used|exist|existing|valid|relevant|needed|important|classified|mapped|allocated|collected|here|chosen|registered|identified|indicated|resolved|detected|matched)$/;

/** Words that mean nothing alone stay so in pairs: `null null`, `NULL, NULL`, `none none`. */
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
 * Is the text a listed word for nothing, or what a program left behind? Asked before anything is looked up, because some are codes as well
 * (`na`); `saysNothing` knows more, and is only needed where no list has the text.
 */
export function isPlaceholder(text: string, folded: string): boolean {
  return folded === '' || words.has(folded) || residue.test(text);
}

/** Does the text, cleaned by `cleanCell` and folded, say nothing? */
export function saysNothing(text: string, folded: string): boolean {
  // `Ý` is Italy in Vietnamese, and no `y`.
  if (folded.length === 1 && folded !== text.toLowerCase()) return !letter.test(text) || residue.test(text);
  return folded === '' || residue.test(text) || isNothing(folded);
}
