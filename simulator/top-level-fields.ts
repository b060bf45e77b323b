/**
 * Where the top-level fields of a JSON object stand in its text, so that one can be replaced without touching the rest:
 * parsing and writing again would round 64-bit numbers.
 */

/** Where a field's value stands: [start, end) in the text, without white space around it. */
export type Span = { readonly start: number; readonly end: number };

/** Index behind the JSON string that starts at the quote `at`. */
function endOfString(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/** True for a text that is a JSON object. */
export function isJsonObject(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The values of the named fields. The text must be a JSON object (`isJsonObject`). Of a repeated key the last one
 * counts, as `JSON.parse` has it.
 */
export function topLevelFields(text: string, names: ReadonlySet<string>): Map<string, Span> {
  const found = new Map<string, Span>();
  let depth = 0;
  let key = '';
  let expectKey = false;
  let valueStart = -1;
  const close = (at: number) => {
    if (valueStart < 0 || !names.has(key)) return;
    let end = at;
    while (/\s/.test(text[end - 1] ?? '')) end -= 1;
    let start = valueStart;
    while (/\s/.test(text[start] ?? '')) start += 1;
    found.set(key, { start, end });
  };
  let i = 0;
  while (i < text.length) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && expectKey) {
        expectKey = false;
        key = JSON.parse(text.slice(i, end)) as string;
        valueStart = text.indexOf(':', end) + 1;
        i = valueStart;
        continue;
      }
      i = end;
      continue;
    }
    if (char === '{' || char === '[') {
      depth += 1;
      if (depth === 1) expectKey = true;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) close(i);
    } else if (char === ',' && depth === 1) {
      close(i);
      expectKey = true;
    }
    i += 1;
  }
  return found;
}
