/** Finds the members of a JSON object in its text, for callers that need a value as written. */
import { JsonReader } from './reader.ts';

/** The range [start, end) of a value in the text, without surrounding white space. */
export type Span = { readonly start: number; readonly end: number };

/**
 * Returns the spans of the named top-level members. The text must be a valid JSON object. The last of repeated names counts, as
 * in `JSON.parse`; names in nested objects do not count.
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
