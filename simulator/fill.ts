/** Fills templates of postal codes and phone numbers: replaces placeholders by random characters. */
import type { Prng } from './prng.ts';

const alphabets: { readonly [placeholder: string]: string } = {
  '#': '0123456789',
  n: '23456789',
  x: '123456789',
  /** Letters that Canadian, Dutch and Argentine codes all use. */
  '@': 'ABCEGHJKLMNPRTVXY',
  /** Letters of the second half of a British postcode. */
  '&': 'ABDEFGHJLNPQRSTUWXYZ',
  /** Characters of an Irish Eircode. */
  '%': '0123456789ACDEFHKNPRTVWXY',
};

type Part = string | { readonly alphabet: string };

const compiled = new Map<string, readonly Part[]>();

function compile(template: string): readonly Part[] {
  const parts: Part[] = [];
  for (const char of template) {
    const alphabet = alphabets[char];
    const last = parts.at(-1);
    if (alphabet !== undefined) parts.push({ alphabet });
    else if (typeof last === 'string') parts[parts.length - 1] = last + char;
    else parts.push(char);
  }
  compiled.set(template, parts);
  return parts;
}

/**
 * `fill(prng, 'SW1# #&&')` gives `SW14 7QX`: `#` is a digit, `n` 2 to 9, `x` 1 to 9, `@ & %` are letters. Compiled templates
 * are cached, so templates must come from the tables and never from data.
 */
export function fill(prng: Prng, template: string): string {
  let text = '';
  for (const part of compiled.get(template) ?? compile(template)) {
    text += typeof part === 'string' ? part : part.alphabet[prng.below(part.alphabet.length)];
  }
  return text;
}
