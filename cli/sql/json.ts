/**
 * Rows as JSON objects, without rounding. Smaller integers, floats and booleans are JSON values, and `json` columns are
 * embedded. `bigint`, `numeric` and all other types are strings.
 */
import type { Column, Row } from '../../services/sql/execute.ts';

const booleanOid = 16;
const numberOids = new Set([21, 23, 26, 700, 701]);
const json = new Set([114, 3802]);

/** Returns a function that converts a row to one line of JSON. A duplicate column name gets a number, to keep both values. */
export function jsonRows(head: readonly Column[]): (row: Row) => string {
  const names = distinctNames(head.map(({ name }) => name)).map((name) => `${JSON.stringify(name)}:`);
  const types = head.map(({ type }) => type);
  return (row) => `{${row.map((value, i) => names[i] + jsonValue(value, types[i] ?? 0)).join(',')}}`;
}

function jsonValue(value: string | null, type: number): string {
  if (value === null) return 'null';
  if (type === booleanOid) return value === 't' ? 'true' : 'false';
  if (numberOids.has(type) && Number.isFinite(Number(value))) return value;
  // Inside JSON strings line ends are escaped, so raw ones are only white space.
  if (json.has(type)) return value.replace(/[\r\n]+/g, ' ');
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
