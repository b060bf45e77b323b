/** Masks passwords in values before they are shown. */
import type { Option } from '../options/option.ts';

const mask = '***';

/** Returns the text of an option with every password masked. */
export function masked(option: Option, text: string | boolean): string {
  if (option.kind === 'switch' || typeof text === 'boolean') return String(text);
  if (option.value === '<password>') return mask;
  return option.value === '<url>' ? maskedUrl(text) : text;
}

/**
 * Masks passwords in a URL or in libpq's `keyword=value` pairs. Everything up to the last `@` is masked, because a password
 * that is not percent-encoded may contain any character.
 */
export const maskedUrl = (text: string): string =>
  text
    .replace(text.includes('://') ? /^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/is : /^([^:]*):.*@/s, `$1:${mask}@`)
    .replace(/\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^&\s]*)/gi, `$1${mask}`);
