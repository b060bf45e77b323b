/** SQL that makes a target table accept the values that its source's definition allows. */
import pg from 'pg';
import { parsePgType } from '../../../../formats/debezium/postgres/pg-type.ts';
import type { Check, Column, Enum, Partition } from './definition.ts';

const { escapeLiteral } = pg;

/** Quotes a name only where SQL requires it, for example for reserved words. */
export type Quote = (name: string) => string;

/** The short spelling of a type: `varchar(20)`. */
const written = (type: string | null): string => (type ?? 'TYPE').replace(/^character varying/, 'varchar');

/** A constant, such as `'x'::text` or `-1`, has one value whenever it is evaluated. */
const isConstant = (expression: string): boolean =>
  /^(?:-?[\d.]+|true|false|null|'(?:[^']|'')*'|\('(?:[^']|'')*'\))(?:::[\w .,"()[\]]+)?$/i.test(expression);

/**
 * ADD COLUMN that gives older rows the value they have at the source. The source computed that value once, when the
 * column was added. A second statement is needed if its default has changed since.
 */
export function addColumn(table: string, column: Column, quote: Quote): readonly string[] {
  const { name, type, collation, notNull, expression, generated, missing } = column;
  const head = `ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${written(type)}${collation === null ? '' : ` COLLATE ${collation}`}`;
  if (generated !== null) {
    return [`${head} GENERATED ALWAYS AS (${expression}) ${generated === 's' ? 'STORED' : 'VIRTUAL'};`];
  }
  const constant = expression !== null && isConstant(expression) ? expression : null;
  const isChanged = missing !== null && (constant === null || !meansSame(constant, missing));
  const first = isChanged ? `${escapeLiteral(missing)}::${type}` : constant;
  const added = `${head}${first === null ? '' : ` DEFAULT ${first}`}${notNull && first !== null ? ' NOT NULL' : ''};`;
  if (!isChanged) return [added];
  const usable = expression !== null && !/\bnextval\(/.test(expression) ? `SET DEFAULT ${expression}` : 'DROP DEFAULT';
  return [added, `ALTER TABLE ${table} ALTER COLUMN ${quote(name)} ${usable};`];
}

/** Whether older rows may each hold a different value, which no event carries. */
export const hasOwnValues = ({ expression, missing, identity, generated }: Column): boolean =>
  generated === null && (identity !== null || (missing === null && expression !== null && !isConstant(expression)));

/** Whether a constant is the value of this text: `'x'::text` of `x`, `false` of `f`. */
function meansSame(constant: string, text: string): boolean {
  const value = constant.replace(/::[\w .,"()[\]]+$/, '').replace(/^\((.*)\)$/, '$1');
  const plain = value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value;
  return plain === text || (text === 't' && plain === 'true') || (text === 'f' && plain === 'false');
}

export const renameColumn = (table: string, from: string, to: string, quote: Quote): string =>
  `ALTER TABLE ${table} RENAME COLUMN ${quote(from)} TO ${quote(to)};`;

const numbers: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);
const texts: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar']);

/** ALTER COLUMN TYPE. Converts through text where the server has no implicit conversion. */
export function alterType(table: string, target: Column, source: Column, quote: Quote): string {
  const [from, to] = [parsePgType(target.baseType ?? ''), parsePgType(source.baseType ?? '')];
  const isAssigned =
    from.array === to.array &&
    (from.name === to.name || texts.has(to.name) || (numbers.has(from.name) && numbers.has(to.name)));
  const name = quote(target.name);
  const using = isAssigned ? '' : ` USING ${name}::text::${source.type}`;
  return `ALTER TABLE ${table} ALTER COLUMN ${name} TYPE ${written(source.type)}${using};`;
}

/** Makes a column nullable. An identity has to go first, because it implies NOT NULL. */
export function dropNotNull(table: string, { name, identity }: Column, quote: Quote): readonly string[] {
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${quote(name)}`;
  return [...(identity === null ? [] : [`${alter} DROP IDENTITY;`]), `${alter} DROP NOT NULL;`];
}

/** Replaces a CHECK by the source's; only drops it where `source` is null. */
export function replaceCheck(
  what: 'TABLE' | 'DOMAIN',
  owner: string,
  name: string,
  source: Check | null,
  quote: Quote,
): readonly string[] {
  const drop = `ALTER ${what} ${owner} DROP CONSTRAINT ${quote(name)};`;
  return source === null
    ? [drop]
    : [drop, `ALTER ${what} ${owner} ADD CONSTRAINT ${quote(name)} ${source.definition};`];
}

/** Partitions that the target lacks, parents first. */
export const createPartitions = (missing: readonly Partition[]): readonly string[] =>
  missing.map(
    ({ qualified, parent, bound, by }) =>
      `CREATE TABLE ${qualified} PARTITION OF ${parent} ${bound}${by === null ? '' : ` PARTITION BY ${by}`};`,
  );

export const createEnum = ({ type, labels }: Enum): string =>
  `CREATE TYPE ${type} AS ENUM (${labels.map(escapeLiteral).join(', ')});`;

/** Gives an enum of the target the labels of the source, in the source's order. */
export function alterEnum(type: string, has: readonly string[], wanted: readonly string[]): readonly string[] {
  const [removed, added] = [has.filter((one) => !wanted.includes(one)), wanted.filter((one) => !has.includes(one))];
  // A renamed label keeps its place.
  const isRenamed =
    removed.length === added.length &&
    has.length === wanted.length &&
    removed.every((one) => !has.includes(wanted[has.indexOf(one)] ?? one));
  if (isRenamed) {
    return removed.map(
      (one) =>
        `ALTER TYPE ${type} RENAME VALUE ${escapeLiteral(one)} TO ${escapeLiteral(wanted[has.indexOf(one)] ?? '')};`,
    );
  }
  return added.map((label) => {
    const next = wanted.slice(wanted.indexOf(label) + 1).find((one) => has.includes(one));
    return `ALTER TYPE ${type} ADD VALUE ${escapeLiteral(label)}${next === undefined ? '' : ` BEFORE ${escapeLiteral(next)}`};`;
  });
}
