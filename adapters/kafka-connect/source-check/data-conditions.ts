/**
 * Values that Debezium alters, or at which it stops, by the type of their column. All of it was tried with Debezium 3.6 and
 * PostgreSQL 18.
 */
import type { Check } from './finding.ts';

/** A column of a captured table, with its type behind domains. */
export type Column = {
  readonly name: string;
  /** As declared: `numeric(10,2)[]`. */
  readonly type: string;
  readonly isArray: boolean;
  /** Name of the type, or of an array's elements: `int4`, with the schema where it is neither PostgreSQL's nor an extension's. */
  readonly element: string;
  readonly elementIsDomain: boolean;
  /** The same behind the element's domain. */
  readonly elementBase: string;
  /** Declared length of a `bit varying`; null without one. */
  readonly bits: number | null;
};

/** What makes a value one that cannot be carried. */
export type Condition = {
  readonly check: Check;
  /** Whether columns of this type can have such values at a source of this `server_version_num`. */
  readonly concerns: (column: Column, version: number) => boolean;
  /** A condition in SQL over the quoted column. */
  readonly where: (quoted: string, column: Column) => string;
  /** What such a row has, and what becomes of it. */
  readonly what: string;
};

/** Types whose arrays may hold NULL. Debezium stops at a NULL among elements of any other type, such as an enum or a domain. */
const nullableElements = new Set([
  ...['bool', 'int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'char'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'uuid', 'bytea', 'json', 'jsonb', 'hstore', 'citext'],
  ...['inet', 'cidr', 'macaddr', 'macaddr8'],
  ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
]);

const scalar = (element: string) => (column: Column) => !column.isArray && column.elementBase === element;
const arrayOf = (element: string) => (column: Column) => column.isArray && column.elementBase === element;
/** True of an array with such an element. A subquery over subscripts also sees a NULL that is a composite. */
const some = (condition: (element: string) => string) => (quoted: string) =>
  `exists (select from generate_subscripts(${quoted}, 1) i where array_ndims(${quoted}) = 1 and ${condition(`${quoted}[i]`)})`;

/** Dates that a calendar without an era, or a number of microseconds, cannot hold. */
const beforeChrist = (value: string, type: string) => `isfinite(${value}) and ${value} < ${type} '0001-01-01'`;
const tooLate = (value: string) => `isfinite(${value}) and ${value} >= timestamp '294247-01-01'`;
/** The ten days that the Gregorian calendar skipped, and those as which Java counts them: nobody tells which it was. */
const leftOutOfCalendar = (value: string) => `${value} >= '1582-10-05' and ${value} < '1582-10-25'`;

/** All of them. */
export const conditions: readonly Condition[] = [
  {
    check: 'infinite_interval',
    concerns: (column, version) => version >= 170_000 && scalar('interval')(column),
    where: (quoted) => `not isfinite(${quoted})`,
    what: 'an infinite interval, which arrives as 00:00:00',
  },
  {
    check: 'array_shape',
    concerns: ({ isArray }) => isArray,
    where: (quoted) => `array_ndims(${quoted}) > 1 or array_lower(${quoted}, 1) <> 1`,
    what: 'an array of several dimensions, or one that does not begin at 1, which arrives as another array',
  },
  {
    check: 'array_elements',
    concerns: arrayOf('numeric'),
    where: some((element) => `${element}::numeric in ('NaN', 'Infinity', '-Infinity')`),
    what: 'NaN or Infinity in an array of numeric, at which the connector stops',
  },
  {
    check: 'array_elements',
    concerns: ({ isArray, element, elementIsDomain }) => isArray && (elementIsDomain || !nullableElements.has(element)),
    where: some((element) => `${element} is not distinct from null`),
    what: 'NULL in an array of this type, at which the connector stops',
  },
  {
    check: 'array_elements',
    concerns: arrayOf('time'),
    where: some(
      (element) => `(${element} = time '24:00' or extract(microseconds from ${element})::bigint % 1000 <> 0)`,
    ),
    what: 'a time in an array that is 24:00 or has microseconds, which arrives without them',
  },
  {
    check: 'array_elements',
    concerns: arrayOf('timetz'),
    where: some(
      (element) =>
        `(extract(timezone from ${element}) <> 0 or ${element}::time = time '24:00' or extract(microseconds from ${element})::bigint % 1000000 <> 0)`,
    ),
    what: 'a timetz in an array with a zone, with a fraction of a second or at 24:00, which arrives without',
  },
  {
    check: 'timetz_zone',
    concerns: scalar('timetz'),
    where: (quoted) => `extract(timezone from ${quoted}) <> 0 or ${quoted}::time = time '24:00'`,
    what: 'a timetz with another zone than UTC, which arrives in UTC, or at 24:00, which arrives as 00:00',
  },
  {
    check: 'dates_out_of_range',
    concerns: scalar('date'),
    where: (quoted) => beforeChrist(quoted, 'date'),
    what: 'a date before Christ, which the snapshot reads without its era',
  },
  {
    check: 'dates_out_of_range',
    concerns: scalar('timestamp'),
    where: tooLate,
    what: 'a timestamp after the year 294246, which arrives as another one',
  },
  {
    check: 'dates_out_of_range',
    concerns: arrayOf('date'),
    where: some((element) => `(${beforeChrist(element, 'date')} or ${leftOutOfCalendar(element)})`),
    what: 'a date before Christ, or of 5 to 24 October 1582, in an array, which arrives as another one',
  },
  {
    check: 'dates_out_of_range',
    concerns: arrayOf('timestamp'),
    where: some(
      (element) => `(${beforeChrist(element, 'timestamp')} or ${leftOutOfCalendar(element)} or ${tooLate(element)})`,
    ),
    what: 'a timestamp before Christ, of 5 to 24 October 1582 or after the year 294246 in an array, which arrives as another one',
  },
  {
    check: 'dates_out_of_range',
    concerns: arrayOf('timestamptz'),
    where: some(
      (element) =>
        `(${beforeChrist(element, 'timestamptz')} or ${leftOutOfCalendar(`(${element} at time zone 'UTC')`)})`,
    ),
    what: 'a time before Christ, or of 5 to 24 October 1582, in an array, which arrives as another one',
  },
  {
    check: 'bit_varying',
    concerns: scalar('varbit'),
    where: (quoted, { bits }) => (bits === null ? `${quoted} is not null` : `length(${quoted}) < ${bits}`),
    what: 'fewer bits than the column may have: Debezium does not tell how many, and such rows are parked',
  },
];
