/** Parses expressions of PostgreSQL, as `pg_get_expr` writes them, by recursive descent. */
import type { Branch, Expression } from './expression.ts';
import { Tokens } from './token-reader.ts';
import { NotTranslated } from './tokens.ts';
import { typeName } from './type-name.ts';

/** Parses a whole expression. Throws NotTranslated for syntax that is not supported. */
export function parseExpression(sql: string): Expression {
  const tokens = new Tokens(sql);
  const found = disjunction(tokens);
  if (!tokens.isAtEnd) throw tokens.notUnderstood();
  return found;
}

type Rule = (tokens: Tokens) => Expression;

/** Operands of one precedence, joined from left to right by any of the operators. */
const joined =
  (operand: Rule, operator: (tokens: Tokens) => string | undefined): Rule =>
  (tokens) => {
    let left = operand(tokens);
    for (;;) {
      const found = operator(tokens);
      if (found === undefined) return left;
      left = { kind: 'binary', operator: found, left, right: operand(tokens) };
    }
  };

const word = (name: string) => (tokens: Tokens) => (tokens.takeWord(name) ? name : undefined);

/** Operators by precedence. All that are neither comparisons nor arithmetic have one precedence of their own. */
const comparisons = new Set(['=', '<>', '!=', '<', '>', '<=', '>=']);
const factors = new Set(['*', '/', '%']);
const terms = new Set(['+', '-']);
const isOther = (text: string) => !comparisons.has(text) && !factors.has(text) && !terms.has(text) && text !== '^';

const negation: Rule = (tokens) =>
  tokens.takeWord('not') ? { kind: 'unary', operator: 'not', of: negation(tokens) } : test(tokens);
const conjunction: Rule = joined(negation, word('and'));
const disjunction: Rule = joined(conjunction, word('or'));

/** `… IS NULL` and its relatives. */
const test: Rule = (tokens) => {
  let of = comparison(tokens);
  while (tokens.takeWord('is')) {
    const negated = tokens.takeWord('not');
    if (tokens.takeWord('distinct')) {
      tokens.expectWord('from');
      of = { kind: 'distinct', left: of, right: comparison(tokens), negated };
      continue;
    }
    const what = (['null', 'true', 'false', 'unknown'] as const).find((one) => tokens.takeWord(one));
    if (what === undefined) throw tokens.notUnderstood();
    of = { kind: 'is', of, what, negated };
  }
  return of;
};

const comparison: Rule = (tokens) => {
  let left = other(tokens);
  for (;;) {
    const operator = tokens.takeOperator((text) => comparisons.has(text));
    if (operator === undefined) return left;
    left = quantified(tokens, operator, left) ?? { kind: 'binary', operator, left, right: other(tokens) };
  }
};

/** `= ANY (…)` and `<> ALL (…)`; undefined for an ordinary comparison. */
function quantified(tokens: Tokens, operator: string, of: Expression): Expression | undefined {
  const isAny = tokens.takeWord('any') || tokens.takeWord('some');
  const isAll = !isAny && tokens.takeWord('all');
  if (!isAny && !isAll) return undefined;
  const array = parenthesised(tokens);
  if (operator === '=' && isAny) return { kind: 'in', of, array, negated: false };
  if (operator === '<>' && isAll) return { kind: 'in', of, array, negated: true };
  throw new NotTranslated(`'${operator} ${isAny ? 'ANY' : 'ALL'}' has no equal`);
}

const negative: Rule = (tokens) => {
  const sign = tokens.takeOperator((text) => terms.has(text));
  if (sign === undefined) return zoned(tokens);
  return { kind: 'unary', operator: sign === '-' ? '-' : '+', of: negative(tokens) };
};
const factor: Rule = joined(negative, (tokens) => tokens.takeOperator((text) => factors.has(text)));
const term: Rule = joined(factor, (tokens) => tokens.takeOperator((text) => terms.has(text)));
const other: Rule = joined(term, (tokens) => tokens.takeOperator(isOther));

/** `… AT TIME ZONE …` is the function `timezone`. */
const zoned: Rule = (tokens) => {
  let of = casted(tokens);
  while (tokens.takeWord('at')) {
    tokens.expectWord('time');
    tokens.expectWord('zone');
    of = { kind: 'call', name: 'timezone', args: [casted(tokens), of] };
  }
  return of;
};

const casted: Rule = (tokens) => {
  let of = primary(tokens);
  for (;;) {
    if (tokens.takeSign('::')) of = { kind: 'cast', of, type: typeName(tokens) };
    else if (tokens.peek().text === '[' || tokens.peek().text === '.') throw tokens.notUnderstood();
    else return of;
  }
};

function parenthesised(tokens: Tokens): Expression {
  tokens.expectSign('(');
  const inner = disjunction(tokens);
  tokens.expectSign(')');
  return inner;
}

/** Functions that are written without parentheses. */
const bare = new Set([
  'current_timestamp',
  'current_date',
  'current_time',
  'localtimestamp',
  'localtime',
  'current_user',
  'session_user',
]);

const primary: Rule = (tokens) => {
  const token = tokens.peek();
  if (token.kind === 'sign' && token.text === '(') return parenthesised(tokens);
  tokens.next();
  switch (token.kind) {
    case 'string':
    case 'bits':
    case 'number':
      return { kind: token.kind, text: token.text };
    case 'quoted name':
      return named(tokens, token.text);
    case 'name':
      return keyword(tokens, token.text) ?? named(tokens, token.text);
    default:
      throw tokens.notUnderstood(token);
  }
};

function keyword(tokens: Tokens, name: string): Expression | undefined {
  switch (name.toLowerCase()) {
    case 'true':
    case 'false':
      return { kind: 'boolean', value: name.toLowerCase() === 'true' };
    case 'null':
      return { kind: 'null' };
    case 'case':
      return cases(tokens);
    case 'array':
      return { kind: 'array', elements: list(tokens, '[', ']') };
    case 'extract':
      return extract(tokens);
    default:
      return undefined;
  }
}

/** A column, or the call of a function. A name with a schema is a function of the user's own. */
function named(tokens: Tokens, first: string): Expression {
  let name = first;
  while (tokens.takeSign('.')) name += `.${tokens.next().text}`;
  if (tokens.peek().text === '(' && tokens.peek().kind === 'sign')
    return { kind: 'call', name: name.toLowerCase(), args: list(tokens, '(', ')') };
  if (bare.has(name.toLowerCase())) return { kind: 'call', name: name.toLowerCase(), args: [] };
  if (name !== first) throw new NotTranslated(`'${name}' is not a column of the table`);
  return { kind: 'column', name };
}

function list(tokens: Tokens, open: string, close: string): readonly Expression[] {
  tokens.expectSign(open);
  const elements: Expression[] = [];
  if (tokens.takeSign(close)) return elements;
  do elements.push(disjunction(tokens));
  while (tokens.takeSign(','));
  tokens.expectSign(close);
  return elements;
}

/** `extract(FIELD FROM …)` becomes a call with the field as its first argument. */
function extract(tokens: Tokens): Expression {
  tokens.expectSign('(');
  const field = tokens.next().text;
  tokens.expectWord('from');
  const of = disjunction(tokens);
  tokens.expectSign(')');
  return { kind: 'call', name: 'extract', args: [{ kind: 'string', text: field }, of] };
}

function cases(tokens: Tokens): Expression {
  const of = tokens.peek().text.toLowerCase() === 'when' ? null : disjunction(tokens);
  const branches: Branch[] = [];
  while (tokens.takeWord('when')) {
    const when = disjunction(tokens);
    tokens.expectWord('then');
    branches.push({ when, value: disjunction(tokens) });
  }
  const otherwise = tokens.takeWord('else') ? disjunction(tokens) : null;
  tokens.expectWord('end');
  return { kind: 'case', of, branches, otherwise };
}
