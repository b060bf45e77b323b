/** The value of an option that names a database: a URL, or a file that holds the URL. */
import { readFileSync } from 'node:fs';
import { isMysqlAddress, mysqlAddress } from '../../engines/mysql/connection/address.ts';
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { parseConnectionString } from '../../engines/postgres/connection/libpq/connection-string.ts';
import type { Settings } from '../../engines/postgres/connection/libpq/keywords.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { fileSource } from '../options/parse.ts';

/**
 * Parses `postgresql://…`, libpq's `keyword=value` pairs, or `file:PATH` of a file with either. Throws an Error for any
 * other text. Messages never quote the text, because it may hold a password.
 */
export function endpoint(text: string): Settings {
  const named = urlIn(text);
  if (isMysqlAddress(named)) {
    const product = /^mariadb:/i.test(named) ? 'MariaDB' : 'MySQL';
    throw new Error(`${product} cannot be used here: Sluice reads PostgreSQL, postgresql://…`);
  }
  return parseConnectionString(named);
}

/** The text itself, or the content of the file that it names. */
const urlIn = (text: string): string => (text.startsWith('file:') ? readSecret(fileSource(text)) : text);

/** A database of any product: the parts of a PostgreSQL address, or a whole address of MySQL or MariaDB. */
export type Endpoint = Settings | MysqlDatabase;

/** Whether an endpoint is MySQL or MariaDB. */
export const isMysqlEndpoint = (address: Endpoint): address is MysqlDatabase =>
  'product' in address && typeof address.product === 'string';

/** As {@link endpoint}, and parses `mysql://…` and `mariadb://…`, too. */
export function anyEndpoint(text: string): Endpoint {
  const named = urlIn(text);
  return isMysqlAddress(named) ? mysqlAddress(named) : parseConnectionString(named);
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
