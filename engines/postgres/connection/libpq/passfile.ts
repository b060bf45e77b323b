/** Passwords in `.pgpass`. Source: PostgreSQL 18, "The Password File". */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homeOf } from './home.ts';

/** Whose password is looked for. */
export type Login = { readonly host: string; readonly port: number; readonly database: string; readonly user: string };

/** Folders in which a PostgreSQL listens by default: its own, and that of the packages of Linux. They count as localhost. */
const defaultFolders = ['/tmp', '/var/run/postgresql', '/run/postgresql'];

/** The lines of the file, fields in order; with why it was left out, where it was. */
export type Passfile = { readonly lines: readonly (readonly string[])[]; readonly warning?: string };

/** Reads `path`, else `~/.pgpass`. A file that others may read is left out with a warning, as libpq does it. */
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

/** `host:port:database:user:password`; in each a backslash takes the next character as it is. */
const fieldsOf = (line: string): string[][] => {
  const fields = line.startsWith('#') ? null : entry.exec(line);
  return fields === null ? [] : [fields.slice(1)];
};

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

/** The password of the first line that fits; undefined when none does. `*` as a whole field fits everything. */
export function passwordFor({ lines }: Passfile, { host, port, database, user }: Login): string | undefined {
  const wanted = [defaultFolders.includes(host) ? 'localhost' : host, String(port), database, user];
  const fits = (fields: readonly string[]) =>
    wanted.every((one, index) => fields[index] === '*' || unescaped(fields[index] ?? '') === one);
  const password = lines.find(fits)?.[4];
  return password === undefined ? undefined : unescaped(password);
}
