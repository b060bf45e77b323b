/** Operators with an equal meaning in MySQL. */
import { NotTranslated } from './tokens.ts';
import { boolean, type Group, groupOf, nameOfType, ofGroup, text, type Value, value } from './value.ts';

/** Groups whose values have the same order on both sides. Texts are ordered by collations, enums by their labels. */
const ordered: ReadonlySet<Group> = new Set(['boolean', 'number', 'float', 'date', 'time', 'timestamp', 'timestamptz']);
const equated: ReadonlySet<Group> = new Set([...ordered, 'text', 'uuid', 'enum']);

/** Why two values cannot be compared; undefined if they can. */
export function refuseComparison(left: Value, right: Value, operator: string): string | undefined {
  const group = sharedGroup(left, right);
  if (group === undefined) return `${nameOfType(left.type)} and ${nameOfType(right.type)} are compared by other rules`;
  if (['=', '<>', '!='].includes(operator) ? equated.has(group) : ordered.has(group)) return undefined;
  if (group === 'text') return `'${operator}' orders texts by the collation of the source`;
  return `'${operator}' of ${nameOfType(left.type)} has no equal`;
}

/** The group in which two values are compared. The constant of an enum has a type of the user's. */
function sharedGroup(left: Value, right: Value): Group | undefined {
  const [one, other] = [groupOf(left.type), groupOf(right.type)];
  if (one === other && one !== 'other') return one;
  if (isLabelOf(left, right) || isLabelOf(right, left)) return 'enum';
  return undefined;
}

const isLabelOf = (label: Value, { type }: Value): boolean =>
  type.kind === 'enum' && label.constant !== null && type.labels.includes(label.constant);

/** The value of a binary operator. Throws NotTranslated where the meaning differs or is unknown. */
export function binaryValue(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case 'and':
    case 'or':
      return value(`(${ofGroup(left, 'boolean').sql} ${operator} ${ofGroup(right, 'boolean').sql})`, boolean);
    case '=':
    case '<>':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=': {
      const refusal = refuseComparison(left, right, operator);
      if (refusal !== undefined) throw new NotTranslated(refusal);
      return value(`(${left.sql} ${operator} ${right.sql})`, boolean);
    }
    case '||':
      return value(`concat(${joinable(left).sql}, ${joinable(right).sql})`, text);
    case '~~':
    case '!~~':
      if (!isPlainPattern(right))
        throw new NotTranslated('LIKE is carried only with a constant pattern without backslashes');
      return value(`(${joinable(left).sql} ${operator === '~~' ? 'like' : 'not like'} ${right.sql})`, boolean);
    case '~':
    case '!~':
    case '~*':
    case '!~*':
      throw new NotTranslated(`regular expressions ('${operator}') differ between the products`);
    default:
      return arithmetic(operator, left, right);
  }
}

/** A text without padding, whose trailing spaces an operator would count. */
function joinable(found: Value): Value {
  if (found.type.kind === 'text' && found.type.padded)
    throw new NotTranslated('the padding of character(n) counts here');
  return ofGroup(found, 'text');
}

const maxDigits = 65;
const maxScale = 30;

function arithmetic(operator: string, left: Value, right: Value): Value {
  if (!['+', '-', '*', '/', '%'].includes(operator))
    throw new NotTranslated(`the operator '${operator}' is not supported`);
  const isFloat = groupOf(left.type) === 'float' && groupOf(right.type) === 'float';
  for (const { type } of [left, right]) {
    if (!isFloat) ofGroup({ ...left, type }, 'number');
    if (type.kind === 'integer' && type.unsigned) throw new NotTranslated('arithmetic of oid would be unsigned');
    if (type.kind === 'float' && type.bits === 32)
      throw new NotTranslated('arithmetic of real has double precision in MySQL');
  }
  if (operator === '/' || operator === '%') return quotient(operator, left, right);
  return value(`(${left.sql} ${operator} ${right.sql})`, isFloat ? left.type : resultType(operator, left, right));
}

function resultType(operator: string, { type: left }: Value, { type: right }: Value): Value['type'] {
  if (left.kind === 'integer' && right.kind === 'integer') return left.bits > right.bits ? left : right;
  const [one, other] = [sizeOf(left), sizeOf(right)];
  // The digits of a numeric without precision are those of its column in the target, at most 65.
  if (one === null || other === null) {
    if (operator === '*') throw new NotTranslated('a product of numeric without precision may have too many digits');
    return { kind: 'decimal', precision: null, scale: 0 };
  }
  const scale = operator === '*' ? one.scale + other.scale : Math.max(one.scale, other.scale);
  const whole = operator === '*' ? one.whole + other.whole : Math.max(one.whole, other.whole) + 1;
  if (scale > maxScale || whole + scale > maxDigits)
    throw new NotTranslated(`the result of '${operator}' may have too many digits`);
  return { kind: 'decimal', precision: whole + scale, scale };
}

/** Digits before and after the point; null if they are not limited. */
function sizeOf(type: Value['type']): { readonly whole: number; readonly scale: number } | null {
  if (type.kind === 'integer') return { whole: 19, scale: 0 };
  if (type.kind !== 'decimal' || type.precision === null || type.scale < 0) return null;
  return { whole: Math.max(0, type.precision - type.scale), scale: type.scale };
}

/** The source refuses a division by zero, MySQL makes it NULL. So only constants other than zero divide. */
function quotient(operator: '/' | '%', left: Value, right: Value): Value {
  if (right.constant === null || Number(right.constant) === 0)
    throw new NotTranslated('a division by zero is an error at the source, and NULL in MySQL');
  if (left.type.kind === 'integer' && right.type.kind === 'integer')
    return value(`(${left.sql} ${operator === '/' ? 'div' : '%'} ${right.sql})`, left.type);
  if (operator === '/' && left.type.kind === 'float') return value(`(${left.sql} / ${right.sql})`, left.type);
  throw new NotTranslated('quotients of numeric have other digits in MySQL');
}

/** Whether an expression is the constant pattern of a LIKE that both sides read alike. */
const isPlainPattern = (right: Value): boolean => right.constant !== null && !right.constant.includes('\\');
