/** Defaults of columns. */
import type { LogicalType } from '../../types/logical-type.ts';
import type { Flavor } from '../../types/to-mysql/cast.ts';
import type { TypedColumn } from './column-types.ts';
import type { Expression } from './from-postgres/expression.ts';
import { parseExpression } from './from-postgres/parse.ts';
import { NotTranslated } from './from-postgres/tokens.ts';
import { translate } from './from-postgres/translate.ts';
import { typeOfName } from './from-postgres/type-name.ts';
import { groupOf } from './from-postgres/value.ts';
import { partsOf } from './sql-type.ts';
import { textLiteral } from './text-literal.ts';

/** A default in the target's SQL, with differences that a person should know; or why it has none. */
export type DefaultPlan =
  | { readonly sql: string | null; readonly notes: readonly string[] }
  | { readonly reason: string };

/** Translates a default. `sql` is null for a default of NULL. */
export function defaultOf(column: TypedColumn, sql: string, flavor: Flavor): DefaultPlan {
  try {
    const expression = parseExpression(sql);
    const written = constantOf(expression, column.definition.type);
    if (written !== undefined) return constantDefault(column, written);
    return (
      momentDefault(column, expression) ??
      uuidDefault(column, expression, flavor) ??
      expressionDefault(column, sql, flavor)
    );
  } catch (error) {
    if (error instanceof NotTranslated) return { reason: error.message };
    throw error;
  }
}

/** Types whose literals stand without quotes. */
const numeric: ReadonlySet<string> = new Set(['integer', 'decimal', 'float', 'money', 'boolean']);

/** Types whose defaults must be expressions in MySQL. */
const withoutLiteral: ReadonlySet<string> = new Set(['longtext', 'text', 'longblob', 'json']);

function constantDefault({ definition, cast, sqlType }: TypedColumn, written: string | null): DefaultPlan {
  if (written === null) return { sql: null, notes: [] };
  if (definition.type.kind === 'integer' && !/^-?\d+$/.test(written))
    return { reason: `${written} is no whole number` };
  const value = cast.encode(written);
  if (value === null) return { sql: null, notes: [] };
  if (typeof value !== 'string') return { reason: value.message };
  const literal = numeric.has(definition.type.kind) ? value : textLiteral(value);
  const sql = cast.expression(literal);
  const isPlain = sql === literal && !withoutLiteral.has(partsOf(sqlType).word);
  return { sql: isPlain ? sql : `(${sql})`, notes: [] };
}

/** The text of a constant, null for NULL; undefined if the expression is none. */
function constantOf(expression: Expression, type: LogicalType): string | null | undefined {
  switch (expression.kind) {
    case 'string':
    case 'number':
    case 'bits':
      return expression.text;
    case 'boolean':
      return String(expression.value);
    case 'null':
      return null;
    case 'unary': {
      const inner = expression.of.kind === 'number' ? expression.of.text : undefined;
      return expression.operator === '-' && inner !== undefined ? `-${inner}` : undefined;
    }
    case 'cast':
      return castConstant(expression, type);
    default:
      return undefined;
  }
}

/** A cast of a literal gives it its type. A second cast must not change the value. */
function castConstant(
  { of, type: name }: Extract<Expression, { kind: 'cast' }>,
  type: LogicalType,
): string | null | undefined {
  const inner = constantOf(of, type);
  // `'now'` is the moment of its conversion.
  if (typeof inner === 'string' && /^(?:now|today|tomorrow|yesterday|epoch)$/.test(inner) && groupOf(type) !== 'text')
    return undefined;
  if (of.kind === 'string' || of.kind === 'bits' || inner === null || inner === undefined) return inner;
  const [to, wanted] = [groupOf(typeOfName(name)), groupOf(type)];
  return to === wanted || (to === 'number' && wanted === 'float') ? inner : undefined;
}

const moments: ReadonlySet<string> = new Set([
  'now',
  'current_timestamp',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'localtimestamp',
]);

/** The present moment, in the form of the column; undefined for other expressions. */
function momentDefault({ definition: { type } }: TypedColumn, expression: Expression): DefaultPlan | undefined {
  const moment = momentOf(expression);
  if (moment === undefined) return undefined;
  const notes = moment.isDate ? [] : ['the time of the statement, not of its transaction'];
  if (type.kind === 'timestamp' && !moment.isDate) {
    const digits = Math.min(type.precision, moment.digits);
    // TIMESTAMP WITH TIME ZONE is kept in UTC, whatever the zone of the session.
    const isUtc = type.zoned !== moment.isUtc;
    if (type.zoned && moment.isUtc) return undefined;
    if (isUtc) return { sql: `(utc_timestamp(${digits}))`, notes };
    return {
      sql: digits === type.precision ? `current_timestamp(${digits})` : `(current_timestamp(${digits}))`,
      notes,
    };
  }
  if (moment.isUtc) return undefined;
  if (type.kind === 'date') return { sql: '(curdate())', notes: [] };
  if (type.kind === 'time' && !type.zoned && !moment.isDate) return { sql: `(curtime(${type.precision}))`, notes };
  return undefined;
}

type Moment = { readonly digits: number; readonly isDate: boolean; readonly isUtc: boolean };

const microseconds = 6;

function momentOf(expression: Expression): Moment | undefined {
  if (expression.kind === 'cast') {
    const { of, type } = expression;
    const to = typeOfName(type);
    const isDate = to.kind === 'date';
    if (isNow(of)) return { digits: microseconds, isDate, isUtc: false };
    const inner = momentOf(of);
    return inner !== undefined && (isDate || to.kind === 'timestamp' || to.kind === 'time')
      ? { ...inner, isDate: inner.isDate || isDate }
      : undefined;
  }
  if (expression.kind !== 'call') return undefined;
  const { name, args } = expression;
  const [first, second] = args;
  if (name === 'timezone' && first !== undefined && second !== undefined) {
    const zone = constantOf(first, { kind: 'text', limit: null, padded: false });
    const inner = momentOf(second);
    return inner !== undefined && typeof zone === 'string' && /^utc$/i.test(zone)
      ? { ...inner, isUtc: true }
      : undefined;
  }
  if (name === 'current_date') return { digits: 0, isDate: true, isUtc: false };
  if (!moments.has(name)) return undefined;
  return { digits: first?.kind === 'number' ? Number(first.text) : microseconds, isDate: false, isUtc: false };
}

/** `'now'::text`, which old versions wrote for the present date. */
const isNow = (expression: Expression): boolean =>
  (expression.kind === 'string' && expression.text === 'now') || (expression.kind === 'cast' && isNow(expression.of));

const randomUuid: ReadonlySet<string> = new Set([
  'gen_random_uuid',
  'uuid_generate_v4',
  'public.uuid_generate_v4',
  'public.gen_random_uuid',
]);

function uuidDefault(
  { definition: { type }, target, cast }: TypedColumn,
  expression: Expression,
  flavor: Flavor,
): DefaultPlan | undefined {
  if (type.kind !== 'uuid' || expression.kind !== 'call' || !randomUuid.has(expression.name)) return undefined;
  const sql = target.policies.uuid === 'binary' ? cast.expression('uuid()') : 'uuid()';
  return {
    sql: `(${sql})`,
    notes: [
      `uuid() of ${flavor === 'mysql' ? 'MySQL' : 'MariaDB'} is unique, but not random: it has the time and the server in it`,
    ],
  };
}

function expressionDefault({ definition: { type } }: TypedColumn, sql: string, flavor: Flavor): DefaultPlan {
  const found = translate(sql, flavor, new Map());
  if ('reason' in found) return found;
  if (groupOf(found.type) !== groupOf(type) || found.type.kind !== type.kind)
    return { reason: `an expression of ${found.type.kind} is converted to ${type.kind} by other rules` };
  return { sql: `(${found.sql})`, notes: found.notes };
}
