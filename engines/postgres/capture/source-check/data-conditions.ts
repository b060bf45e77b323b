/**
 * Values that Debezium alters or cannot read, by column type. Every condition was tested with Debezium 3.6 and PostgreSQL 18.
 */
import type { Check } from './finding.ts';

/** A column of a captured table, with the base types of its domains. */
export type Column = {
  readonly name: string;
  /** As declared: `numeric(10,2)[]`. */
  readonly type: string;
  readonly isArray: boolean;
  /** Name of the type, or of the elements of an array: `int4`. With the schema unless it is a type of PostgreSQL or an extension. */
  readonly element: string;
  readonly elementIsDomain: boolean;
  /** The base type if `element` is a domain, otherwise the same as `element`. */
  readonly elementBase: string;
  /** Declared length of a `bit varying`; null without one. */
  readonly bits: number | null;
};

/** A condition under which Debezium cannot carry a value. */
export type Condition = {
  readonly check: Check;
  /** Whether a column can have such values at a source with this `server_version_num`. */
  readonly appliesTo: (column: Column, version: number) => boolean;
  /** An SQL condition on the quoted column, true for such a value. */
  readonly where: (quoted: string, column: Column) => string;
  /** Describes the value and what happens to it, as the object of "1 row has". */
  readonly what: string;
};

/** Types whose arrays may contain NULL. At a NULL in an array of any other type, such as an enum or a domain, Debezium stops. */
const nullableElements = new Set([
  ...['bool', 'int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'char'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'uuid', 'bytea', 'json', 'jsonb', 'hstore', 'citext'],
  ...['inet', 'cidr', 'macaddr', 'macaddr8'],
  ...['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'],
]);

const scalar = (element: string) => (column: Column) => !column.isArray && column.elementBase === element;
const arrayOf = (element: string) => (column: Column) => column.isArray && column.elementBase === element;
/** SQL that is true if any element of an array meets the condition. Unlike `unnest`, subscripts also return a NULL composite. */
const anyElement = (condition: (element: string) => string) => (quoted: string) =>
  `exists (select from generate_subscripts(${quoted}, 1) i where array_ndims(${quoted}) = 1 and ${condition(`${quoted}[i]`)})`;

/** Dates before the year 1, and timestamps whose microseconds exceed 64 bits. */
const beforeChrist = (value: string, type: string) => `isfinite(${value}) and ${value} < ${type} '0001-01-01'`;
const tooLate = (value: string) => `isfinite(${value}) and ${value} >= timestamp '294247-01-01'`;
/** The ten days that the Gregorian calendar skipped, and the ten days after them. Java reads both as the same days. */
const inCalendarGap = (value: string) => `${value} >= '1582-10-05' and ${value} < '1582-10-25'`;

/** All conditions. */
export const conditions: readonly Condition[] = [
  {
    check: 'infinite_interval',
    appliesTo: (column, version) => version >= 170_000 && scalar('interval')(column),
    where: (quoted) => `not isfinite(${quoted})`,
    what: 'an infinite interval, which arrives as 00:00:00',
  },
  {
    check: 'array_shape',
    appliesTo: ({ isArray }) => isArray,
    where: (quoted) => `array_ndims(${quoted}) > 1 or array_lower(${quoted}, 1) <> 1`,
    what: 'an array of several dimensions, or one that does not begin at 1, which arrives as another array',
  },
  {
    check: 'array_elements',
    appliesTo: arrayOf('numeric'),
    where: anyElement((element) => `${element}::numeric in ('NaN', 'Infinity', '-Infinity')`),
    what: 'NaN or Infinity in an array of numeric, at which the connector stops',
  },
  {
    check: 'array_elements',
    appliesTo: ({ isArray, element, elementIsDomain }) =>
      isArray && (elementIsDomain || !nullableElements.has(element)),
    where: anyElement((element) => `${element} is not distinct from null`),
    what: 'NULL in an array of this type, at which the connector stops',
  },
  {
    check: 'array_elements',
    appliesTo: arrayOf('time'),
    where: anyElement(
      (element) => `(${element} = time '24:00' or extract(microseconds from ${element})::bigint % 1000 <> 0)`,
    ),
    what: 'a time in an array that is 24:00 or has microseconds, which arrives without them',
  },
  {
    check: 'array_elements',
    appliesTo: arrayOf('timetz'),
    where: anyElement(
      (element) =>
        `(extract(timezone from ${element}) <> 0 or ${element}::time = time '24:00' or extract(microseconds from ${element})::bigint % 1000000 <> 0)`,
    ),
    what: 'a timetz in an array with a zone, with a fraction of a second or at 24:00, which arrives without these',
  },
  {
    check: 'timetz_zone',
    appliesTo: scalar('timetz'),
    where: (quoted) => `extract(timezone from ${quoted}) <> 0 or ${quoted}::time = time '24:00'`,
    what: 'a timetz with another zone than UTC, which arrives in UTC, or at 24:00, which arrives as 00:00',
  },
  {
    check: 'dates_out_of_range',
    appliesTo: scalar('date'),
    where: (quoted) => beforeChrist(quoted, 'date'),
    what: 'a date before Christ, which the snapshot reads without its era',
  },
  {
    check: 'dates_out_of_range',
    appliesTo: scalar('timestamp'),
    where: tooLate,
    what: 'a timestamp after the year 294246, which arrives as another timestamp',
  },
  {
    check: 'dates_out_of_range',
    appliesTo: arrayOf('date'),
    where: anyElement((element) => `(${beforeChrist(element, 'date')} or ${inCalendarGap(element)})`),
    what: 'a date before Christ, or of 5 to 24 October 1582, in an array, which arrives as another date',
  },
  {
    check: 'dates_out_of_range',
    appliesTo: arrayOf('timestamp'),
    where: anyElement(
      (element) => `(${beforeChrist(element, 'timestamp')} or ${inCalendarGap(element)} or ${tooLate(element)})`,
    ),
    what: 'a timestamp before Christ, of 5 to 24 October 1582 or after the year 294246 in an array, which arrives as another timestamp',
  },
  {
    check: 'dates_out_of_range',
    appliesTo: arrayOf('timestamptz'),
    where: anyElement(
      (element) => `(${beforeChrist(element, 'timestamptz')} or ${inCalendarGap(`(${element} at time zone 'UTC')`)})`,
    ),
    what: 'a timestamp before Christ, or of 5 to 24 October 1582, in an array, which arrives as another timestamp',
  },
  {
    check: 'bit_varying',
    appliesTo: scalar('varbit'),
    where: (quoted, { bits }) => (bits === null ? `${quoted} is not null` : `length(${quoted}) < ${bits}`),
    what: 'fewer bits than the declared length: Debezium does not send the number of bits, and such rows are parked',
  },
];
