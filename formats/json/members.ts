/** Where the members of a JSON object stand in its text, for those who need a value as it is written. */
import { JsonReader } from './reader.ts';

/** Where a value stands: [start, end) in the text, without white space around it. */
export type Span = { readonly start: number; readonly end: number };

/**
 * The spans of the named members of the object. The text must be a valid JSON object. Of a repeated name the last one
 * counts, as `JSON.parse` has it; the same name in a nested object does not.
 */
export function memberSpans(text: string, names: ReadonlySet<string>): Map<string, Span> {
  const found = new Map<string, Span>();
  const json = new JsonReader().reset(text);
  if (!json.openObject()) return found;
  do {
    const name = json.readName();
    json.skipSpace();
    const start = json.at;
    json.skipValue();
    if (names.has(name)) found.set(name, { start, end: json.at });
  } while (json.nextMember());
  return found;
}
