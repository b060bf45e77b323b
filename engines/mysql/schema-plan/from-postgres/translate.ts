/**
 * Translates expressions of PostgreSQL to MySQL and MariaDB: CHECK constraints, generated columns, conditions of indexes. What
 * is not known to mean the same is not carried, with a reason.
 */
import type { Flavor } from '../../../types/to-mysql/cast.ts';
import { castValue, elementsOf } from './casts.ts';
import type { Expression } from './expression.ts';
import { callValue } from './functions.ts';
import { literal, numberLiteral } from './literals.ts';
import { binaryValue, refuseComparison } from './operators.ts';
import { parseExpression } from './parse.ts';
import { NotTranslated } from './tokens.ts';
import {
  boolean,
  groupOf,
  ofGroup,
  type Scope,
  type ScopeColumn,
  sharedType,
  text,
  type Value,
  value,
} from './value.ts';

/** An expression in the target's SQL with differences that a person should know; or why it has none. */
export type Translation =
  | {
      readonly sql: string;
      readonly type: Value['type'];
      readonly notes: readonly string[];
      /** The columns that it names, by their names at the source. */
      readonly columns: readonly string[];
    }
  | { readonly reason: string };

/** Columns by their names at the source. */
export type ScopeColumns = ReadonlyMap<string, ScopeColumn>;

/** Translates an expression that may name these columns. Never throws. */
export function translate(sql: string, flavor: Flavor, columns: ScopeColumns): Translation {
  const notes = new Set<string>();
  const used = new Set<string>();
  const column = (name: string) => {
    const found = columns.get(name);
    if (found === undefined) throw new NotTranslated(`'${name}' is not a column of the table`);
    if (found.refusal !== null) throw new NotTranslated(found.refusal);
    used.add(name);
    return found;
  };
  try {
    const { sql: translated, type } = valueFor(parseExpression(sql), { flavor, column, note: (one) => notes.add(one) });
    return { sql: translated, type, notes: [...notes], columns: [...used] };
  } catch (error) {
    if (error instanceof NotTranslated) return { reason: error.message };
    throw error;
  }
}

function valueFor(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'string':
      return literal(expression.text, text, scope.flavor);
    case 'bits':
      throw new NotTranslated('strings of bits are not supported');
    case 'number':
      return numberLiteral(expression.text);
    case 'boolean':
      return { sql: String(expression.value), type: boolean, constant: String(expression.value) };
    case 'null':
      return value('null', { kind: 'null' });
    case 'column':
      return columnValue(expression.name, scope);
    case 'cast':
      return castValue(valueFor(expression.of, scope), expression.type, scope);
    case 'unary':
      return unaryValue(expression.operator, valueFor(expression.of, scope));
    case 'binary':
      return binaryValue(expression.operator, valueFor(expression.left, scope), valueFor(expression.right, scope));
    case 'is':
      return isValue(expression, scope);
    case 'distinct':
      return distinctValue(expression, scope);
    case 'in':
      return inValue(expression, scope);
    case 'call':
      return callValue(
        expression.name,
        expression.args.map((arg) => valueFor(arg, scope)),
        scope,
      );
    case 'case':
      return caseValue(expression, scope);
    case 'array':
      throw new NotTranslated('arrays are carried as JSON, which has other operators');
  }
}

function columnValue(name: string, scope: Scope): Value {
  const column = scope.column(name);
  if (column.folding) throw new NotTranslated(`the collation of '${name}' takes different texts for equal`);
  if (!column.isPlain) throw new NotTranslated(`'${name}' is stored in another form`);
  return value(column.sql, column.type);
}

function unaryValue(operator: 'not' | '-' | '+', of: Value): Value {
  if (operator === 'not') return value(`(not ${ofGroup(of, 'boolean').sql})`, boolean);
  const number = ofGroup(of, 'number', 'float');
  if (operator === '+') return number;
  if (number.constant === null) return value(`(- ${number.sql})`, number.type);
  return groupOf(number.type) === 'float'
    ? { ...number, sql: `(-${number.sql})`, constant: `-${number.constant}` }
    : {
        ...numberLiteral(number.constant.startsWith('-') ? number.constant.slice(1) : `-${number.constant}`),
        type: number.type,
      };
}

function isValue({ of, what, negated }: Extract<Expression, { kind: 'is' }>, scope: Scope): Value {
  // A test for NULL needs no equal meaning of values.
  const tested =
    what === 'null' && of.kind === 'column'
      ? value(scope.column(of.name).sql, boolean)
      : what === 'null'
        ? valueFor(of, scope)
        : ofGroup(valueFor(of, scope), 'boolean');
  return value(`(${tested.sql} is ${negated ? 'not ' : ''}${what})`, boolean);
}

function distinctValue({ left, right, negated }: Extract<Expression, { kind: 'distinct' }>, scope: Scope): Value {
  const [one, other] = [valueFor(left, scope), valueFor(right, scope)];
  const isNull = one.type.kind === 'null' || other.type.kind === 'null';
  const refusal = isNull ? undefined : refuseComparison(one, other, '=');
  if (refusal !== undefined) throw new NotTranslated(refusal);
  const equal = `(${one.sql} <=> ${other.sql})`;
  return value(negated ? equal : `(not ${equal})`, boolean);
}

function inValue({ of, array, negated }: Extract<Expression, { kind: 'in' }>, scope: Scope): Value {
  const left = valueFor(of, scope);
  const elements = elementsOf(array);
  if (elements.length === 0) throw new NotTranslated('an empty list has no equal');
  const values = elements.map((element) => valueFor(element, scope));
  for (const right of values) {
    const refusal = right.type.kind === 'null' ? undefined : refuseComparison(left, right, '=');
    if (refusal !== undefined) throw new NotTranslated(refusal);
  }
  return value(`(${left.sql} ${negated ? 'not in' : 'in'} (${values.map(({ sql }) => sql).join(', ')}))`, boolean);
}

function caseValue({ of, branches, otherwise }: Extract<Expression, { kind: 'case' }>, scope: Scope): Value {
  if (of !== null) throw new NotTranslated('CASE with an operand is not supported');
  const whens = branches.map(({ when, value: result }) => ({
    when: ofGroup(valueFor(when, scope), 'boolean'),
    result: valueFor(result, scope),
  }));
  const last = otherwise === null ? null : valueFor(otherwise, scope);
  const type = sharedType([...whens.map(({ result }) => result), ...(last === null ? [] : [last])]);
  const branchesSql = whens.map(({ when, result }) => `when ${when.sql} then ${result.sql}`).join(' ');
  return value(`(case ${branchesSql}${last === null ? '' : ` else ${last.sql}`} end)`, type);
}
