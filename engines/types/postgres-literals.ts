/** Parses PostgreSQL's text forms of arrays, composites and hstore. */

/** An element: its text, null, or the elements of an inner array. */
export type Element = string | null | readonly Element[];

/**
 * Parses an array, `{1,NULL,"a b",{…}}`. Undefined if it is none, or has bounds of its own (`[0:1]={…}`), which no other product
 * keeps.
 */
export function parseArray(text: string, delimiter = ','): readonly Element[] | undefined {
  const reader = new Reader(text);
  const found = arrayAt(reader, delimiter);
  return reader.isAtEnd ? found : undefined;
}

function arrayAt(reader: Reader, delimiter: string): readonly Element[] | undefined {
  if (!reader.take('{')) return undefined;
  const elements: Element[] = [];
  if (reader.take('}')) return elements;
  for (;;) {
    if (reader.peek() === '{') {
      const inner = arrayAt(reader, delimiter);
      if (inner === undefined) return undefined;
      elements.push(inner);
    } else {
      const element = elementAt(reader, `${delimiter}}`);
      if (element === undefined) return undefined;
      elements.push(element.quoted || element.text !== 'NULL' ? element.text : null);
    }
    if (reader.take('}')) return elements;
    if (!reader.take(delimiter)) return undefined;
  }
}

/** Parses a composite, `(1,,"a ""b""")`: the texts of its fields; an empty one is null. Undefined if it is none. */
export function parseComposite(text: string): readonly (string | null)[] | undefined {
  const reader = new Reader(text);
  if (!reader.take('(')) return undefined;
  const fields: (string | null)[] = [];
  for (;;) {
    const field = fieldAt(reader);
    if (field === undefined) return undefined;
    fields.push(field.quoted || field.text !== '' ? field.text : null);
    if (reader.take(')')) return reader.isAtEnd ? fields : undefined;
    if (!reader.take(',')) return undefined;
  }
}

/** Parses hstore, `"a"=>"1", "b"=>NULL`. Undefined if it is none. */
export function parseHstore(text: string): ReadonlyMap<string, string | null> | undefined {
  const reader = new Reader(text);
  const pairs = new Map<string, string | null>();
  while (!reader.isAtEnd) {
    if (pairs.size > 0 && !(reader.take(',') && reader.take(' '))) return undefined;
    const key = elementAt(reader, '=');
    if (key === undefined || !(reader.take('=') && reader.take('>'))) return undefined;
    const value = elementAt(reader, ',');
    if (value === undefined) return undefined;
    pairs.set(key.text, value.quoted || value.text !== 'NULL' ? value.text : null);
  }
  return pairs;
}

type Piece = { readonly text: string; readonly quoted: boolean };

/** One element, up to one of `ends`. A backslash takes the next character as it is. */
function elementAt(reader: Reader, ends: string): Piece | undefined {
  if (!reader.take('"')) return { text: reader.until(ends), quoted: false };
  let text = '';
  for (;;) {
    const next = reader.next();
    if (next === undefined) return undefined;
    if (next === '"') return { text, quoted: true };
    text += next === '\\' ? (reader.next() ?? '') : next;
  }
}

/** One field of a composite. A quote inside of quotes is doubled. */
function fieldAt(reader: Reader): Piece | undefined {
  if (!reader.take('"')) return { text: reader.until(',)'), quoted: false };
  let text = '';
  for (;;) {
    const next = reader.next();
    if (next === undefined) return undefined;
    if (next === '\\') text += reader.next() ?? '';
    else if (next !== '"') text += next;
    else if (reader.take('"')) text += '"';
    else return { text, quoted: true };
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string | undefined {
    return this.#text[this.#at];
  }

  next(): string | undefined {
    const found = this.#text[this.#at];
    this.#at += 1;
    return found;
  }

  take(expected: string): boolean {
    if (this.#text[this.#at] !== expected) return false;
    this.#at += 1;
    return true;
  }

  /** The text up to one of these characters, with backslashes resolved. */
  until(ends: string): string {
    let text = '';
    for (;;) {
      const next = this.peek();
      if (next === undefined || ends.includes(next)) return text;
      this.#at += 1;
      text += next === '\\' ? (this.next() ?? '') : next;
    }
  }
}
