/** What is done with a statement of a dump: most are run, some concern another server than the one that is loaded. */
import type { ScriptPart } from '../../statement-splitter.ts';

/** What a part of a dump is. */
export type Policy =
  | { readonly kind: 'run' }
  /** `COPY … FROM stdin`, with the table as it is written. */
  | { readonly kind: 'copy'; readonly table: string }
  /** A parameter of the session; some servers do not know it. */
  | { readonly kind: 'set'; readonly parameter: string; readonly value: string }
  | { readonly kind: 'skip'; readonly why: SkipReason }
  /** `\connect`, with the database's name. */
  | { readonly kind: 'connect'; readonly database: string }
  /** A command of psql with an effect that this reader does not have. */
  | { readonly kind: 'unsupported'; readonly command: string };

/** Why a statement is not run. */
export type SkipReason =
  /** Owners, privileges and roles: every object belongs to the user who loads. */
  | 'owners'
  /** Making, dropping or altering a database: the one of the connection is loaded. */
  | 'databases'
  /** Commands of psql without effect on the data. */
  | 'psql';

const run: Policy = { kind: 'run' };
const skip = (why: SkipReason): Policy => ({ kind: 'skip', why });

const copy = /^copy\s+((?:"(?:[^"]|"")*"|[^\s("])+)[^;]*?\sfrom\s+stdin\b/i;
const set = /^set\s+(?:session\s+)?([\w.]+)\s*(?:=|\sto\s)\s*'?([^']*)'?$/i;
const databases = /^(?:create|drop|alter|comment\s+on)\s+database\b/i;
const owners =
  /^(?:alter\s+[^;]*\sowner\s+to\s+(?:"[^"]*"|\S+)$|grant\s|revoke\s|alter\s+default\s+privileges\b|set\s+(?:session\s+authorization|role)\b)/i;

/** Commands of psql that change at most its output. `\restrict` guards psql itself against the text of a dump. */
const harmless =
  /^\\(?:restrict|unrestrict|echo|qecho|warn|timing|pset|x|t|a|conninfo|set\s+(?:ON_ERROR_\w+|QUIET|VERBOSITY|ECHO)|encoding\s+'?utf-?8'?)(?:\s|$)/i;
const connect = /^\\c(?:onnect)?\s+(?:-\S+\s+)*"?([^\s";]+)/;

/** Tells what is done with a part of a dump. Only the beginning of a long statement is looked at. */
export function policyOf({ kind, text, contentStart }: ScriptPart): Policy {
  const content = text.slice(contentStart, contentStart + longestHead);
  if (kind === 'psql-command') {
    if (harmless.test(content)) return skip('psql');
    const database = connect.exec(content)?.[1];
    return database === undefined ? { kind: 'unsupported', command: content } : { kind: 'connect', database };
  }
  const table = copy.exec(content)?.[1];
  if (table !== undefined) return { kind: 'copy', table };
  const [found, parameter = '', value = ''] = set.exec(content) ?? [];
  if (found !== undefined) return { kind: 'set', parameter: parameter.toLowerCase(), value };
  if (databases.test(content)) return skip('databases');
  return owners.test(content) ? skip('owners') : run;
}

/** Characters of a statement that decide. A COPY statement names up to 1,600 columns of 63 bytes. */
const longestHead = 200_000;
