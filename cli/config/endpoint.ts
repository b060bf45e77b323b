/** The value of an option that names a database: a URL, or a file that holds the URL. */
import { readFileSync } from 'node:fs';
import { parseConnectionString } from '../../engines/postgres/connection/libpq/connection-string.ts';
import type { Settings } from '../../engines/postgres/connection/libpq/keywords.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { fileSource } from '../options/parse.ts';

/**
 * Parses `postgresql://…`, libpq's `keyword=value` pairs, or `file:PATH` of a file with either. Throws an Error for any
 * other text. Messages never quote the text, because it may hold a password.
 */
export function endpoint(text: string): Settings {
  const named = text.startsWith('file:') ? readSecret(fileSource(text)) : text;
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(named) ?? [];
  if (scheme !== undefined && /^(?:mysql|mariadb)$/i.test(scheme))
    throw new Error(`${scheme}:// is not built yet: Sluice reads and writes PostgreSQL, postgresql://…`);
  return parseConnectionString(named);
}

/** Returns true for an address as `endpoint` parses it, false for a bare database name. */
export const isAddress = (text: string): boolean => /[:=]/.test(text);

function readSecret(path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot read the file with the URL: ${messageOf(error)}`);
  }
  if (content === '') throw new Error(`${path} is empty: expected the URL of a database in it`);
  if (content.startsWith('file:')) throw new Error(`${path} names a file again: expected the URL of a database in it`);
  return content;
}
