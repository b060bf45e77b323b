/**
 * Rows as JSON objects. Nothing is rounded: `bigint` and `numeric` are texts, as is everything else that JSON has no
 * exact form for; smaller integers, floats and booleans are what they are, `json` columns are put in as they stand.
 */
import type { Column, Row } from './execute.ts';

const boolean = 16;
const numbers = new Set([21, 23, 26, 700, 701]);
const json = new Set([114, 3802]);

/** Turns rows of these columns to JSON, one line each. A name that comes twice gets a number, so that no value hides. */
export function jsonRows(head: readonly Column[]): (row: Row) => string {
  const names = distinct(head.map(({ name }) => name)).map((name) => `${JSON.stringify(name)}:`);
  const types = head.map(({ type }) => type);
  return (row) => `{${row.map((value, i) => names[i] + jsonValue(value, types[i] ?? 0)).join(',')}}`;
}

function jsonValue(value: string | null, type: number): string {
  if (value === null) return 'null';
  if (type === boolean) return value === 't' ? 'true' : 'false';
  if (numbers.has(type) && Number.isFinite(Number(value))) return value;
  // Line ends in JSON are white space between values, or escaped.
  if (json.has(type)) return value.replace(/[\r\n]+/g, ' ');
  return JSON.stringify(value);
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; used.has(unique) || (unique !== name && taken.has(unique)); n += 1) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}
