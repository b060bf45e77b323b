/** Lists of tables as options name them: `public.users,sales.*`. */
import type { SourceTable } from './table-name.ts';

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A part of a list. `*` matches any characters; a name without a schema is in `public`. */
export function tablePattern(part: string): RegExp {
  const named = part.includes('.') ? part : `public.${part}`;
  return new RegExp(`^${named.split('*').map(escaped).join('.*')}$`, 's');
}

/** The parts of a list. */
export const listedTables = (list: string): readonly string[] =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Returns whether a list names a table. */
export function namesTable(list: string): (table: SourceTable) => boolean {
  const patterns = listedTables(list).map(tablePattern);
  return ({ schema, name }) => patterns.some((pattern) => pattern.test(`${schema}.${name}`));
}
