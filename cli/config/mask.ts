/** Values as they may be shown: without passwords. */
import type { Option } from '../options/option.ts';

const mask = '***';

/** The text of an option, with every password in it masked. */
export function masked(option: Option, text: string | boolean): string {
  if (option.kind === 'switch' || typeof text === 'boolean') return String(text);
  if (option.value === '<password>') return mask;
  return option.value === '<url>' ? maskedUrl(text) : text;
}

/**
 * A URL, or libpq's `keyword=value` pairs. Everything up to the last `@` counts as the password, because one that is not
 * percent-encoded may hold any character.
 */
export const maskedUrl = (text: string): string =>
  text
    .replace(text.includes('://') ? /^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/is : /^([^:]*):.*@/s, `$1:${mask}@`)
    .replace(/\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^&\s]*)/gi, `$1${mask}`);
