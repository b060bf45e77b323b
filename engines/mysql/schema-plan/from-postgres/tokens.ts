/** Splits an expression of PostgreSQL, as `pg_get_expr` writes it, into tokens. */

/** A token. `text` of a string or a quoted name is its value, without quotes. */
export type Token = {
  readonly kind: 'name' | 'quoted name' | 'string' | 'bits' | 'number' | 'operator' | 'sign' | 'end';
  readonly text: string;
};

/** Why an expression has no equal in MySQL. Thrown while one is translated, and caught by `translate`. */
export class NotTranslated extends Error {
  override readonly name = 'NotTranslated';
}

const patterns: readonly (readonly [Token['kind'] | 'space' | 'escaped', RegExp])[] = [
  ['space', /\s+/y],
  ['escaped', /E'((?:[^'\\]|''|\\.)*)'/y],
  ['bits', /B'([01]*)'/y],
  ['string', /'((?:[^']|'')*)'/y],
  ['quoted name', /"((?:[^"]|"")*)"/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['sign', /::|[()[\],.]/y],
  ['operator', /[-+*/<>=~!@#%^&|`?]+/y],
];

/** Splits the text; the last token is the end. Throws NotTranslated for a character that begins no token. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const { token, length } = tokenAt(sql, at);
    if (token !== undefined) tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function tokenAt(sql: string, at: number): { readonly token: Token | undefined; readonly length: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(sql);
    if (found === null) continue;
    const [whole, inner = ''] = found;
    return { token: tokenOf(kind, whole, inner), length: whole.length };
  }
  throw new NotTranslated(`'${sql.slice(at, at + 20)}' is not understood`);
}

function tokenOf(kind: Token['kind'] | 'space' | 'escaped', whole: string, inner: string): Token | undefined {
  switch (kind) {
    case 'space':
      return undefined;
    case 'escaped':
      return { kind: 'string', text: unescaped(inner) };
    case 'string':
      return { kind, text: inner.replaceAll("''", "'") };
    case 'quoted name':
      return { kind, text: inner.replaceAll('""', '"') };
    case 'bits':
      return { kind, text: inner };
    default:
      return { kind, text: whole };
  }
}

/** The server escapes nothing but backslashes and quotes. */
const unescaped = (inner: string): string =>
  inner.replaceAll(/''|\\(.)/gs, (whole, character?: string) => {
    if (whole === "''") return "'";
    if (character === '\\' || character === "'") return character;
    throw new NotTranslated(`the escape \\${character} is not understood`);
  });
