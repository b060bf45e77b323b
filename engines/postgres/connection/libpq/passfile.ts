/** Passwords in `.pgpass`. Source: PostgreSQL 18, "The Password File". */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homeOf } from './home.ts';

/** The login to find a password for. */
export type Login = { readonly host: string; readonly port: number; readonly database: string; readonly user: string };

/** Default socket folders of PostgreSQL and of Linux packages. They count as localhost. */
const defaultFolders = ['/tmp', '/var/run/postgresql', '/run/postgresql'];

/** The fields of each line; without lines, a warning may say why. */
export type Passfile = { readonly lines: readonly (readonly string[])[]; readonly warning?: string };

/** Reads `path`, else `~/.pgpass`. As in libpq, ignores a file that others may read, with a warning. */
export function readPassfile(path: string | undefined, env: NodeJS.ProcessEnv): Passfile {
  const file = path || join(homeOf(env), '.pgpass');
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return { lines: [] };
  if (!found.isFile()) return { lines: [], warning: `the password file ${file} is not used: it is not a plain file` };
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    const warning = `the password file ${file} is not used: others may read it. Change that: chmod 600 ${file}`;
    return { lines: [], warning };
  }
  try {
    return { lines: readFileSync(file, 'utf8').split(/\r?\n/).flatMap(fieldsOf) };
  } catch (error) {
    return { lines: [], warning: `the password file ${file} cannot be read: ${String(error)}` };
  }
}

const field = '((?:\\\\.|[^\\\\:])*)';
const entry = new RegExp(`^${field}:${field}:${field}:${field}:(.*)$`);

/** `host:port:database:user:password`, in which a backslash escapes the next character. */
const fieldsOf = (line: string): string[][] => {
  const fields = line.startsWith('#') ? null : entry.exec(line);
  return fields === null ? [] : [fields.slice(1)];
};

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

/** The password of the first matching line, or undefined. A field `*` matches everything. */
export function passwordFor({ lines }: Passfile, { host, port, database, user }: Login): string | undefined {
  const wanted = [defaultFolders.includes(host) ? 'localhost' : host, String(port), database, user];
  const fits = (fields: readonly string[]) =>
    wanted.every((one, index) => fields[index] === '*' || unescaped(fields[index] ?? '') === one);
  const password = lines.find(fits)?.[4];
  return password === undefined ? undefined : unescaped(password);
}
