/**
 * Rows as JSON objects, without rounding. Smaller integers, floats and booleans are JSON values, and `json` columns are
 * embedded. `bigint`, `numeric` and all other types are strings.
 */
import type { Column, ColumnKind, Row } from '../../engines/sql-session.ts';

/** Returns a function that converts a row to one line of JSON. A duplicate column name gets a number, to keep both values. */
export function jsonRows(head: readonly Column[]): (row: Row) => string {
  const names = distinctNames(head.map(({ name }) => name)).map((name) => `${JSON.stringify(name)}:`);
  const kinds = head.map(({ kind }) => kind);
  return (row) => `{${row.map((value, i) => names[i] + jsonValue(value, kinds[i])).join(',')}}`;
}

function jsonValue(value: string | null, kind: ColumnKind | undefined): string {
  if (value === null) return 'null';
  if (kind === 'boolean') return value === 't' ? 'true' : 'false';
  if ((kind === 'integer' || kind === 'float') && Number.isFinite(Number(value))) return value;
  // Inside JSON strings line ends are escaped, so raw ones are only white space.
  if (kind === 'json') return value.replace(/[\r\n]+/g, ' ');
  return JSON.stringify(value);
}

function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; used.has(unique) || (unique !== name && taken.has(unique)); n += 1) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}
