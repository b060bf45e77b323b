/** Dates and times for MySQL and MariaDB, which have no years before 1 and after 9999 and no infinities. */
import { Rejection } from '../../../schemas/rejection.ts';
import { isoInterval, microsecondsOf, parseInterval } from '../interval.ts';
import type { LogicalType } from '../logical-type.ts';
import { asIs, type Cast, type CastTarget, type Encoded, withoutZeros } from './cast.ts';

type Time = Extract<LogicalType, { kind: 'time' }>;
type Timestamp = Extract<LogicalType, { kind: 'timestamp' }>;

const lastDate = '9999-12-31';
const firstDate = '0001-01-01';

const partial = (sqlType: string, encode: Cast['encode']): Cast => ({
  sqlType,
  fidelity: 'partial',
  note: 'years before 1 and after 9999 are parked; infinities by onInfinity',
  encode,
  expression: asIs,
  canonical: withoutZeros,
});

const outside = (text: string): Rejection =>
  new Rejection('not_carried', `'${text.slice(0, 40)}' is outside of the years 1 to 9999`);

function infinite(
  text: string,
  { onInfinity }: CastTarget['policies'],
  first: string,
  last: string,
): Encoded | undefined {
  if (text !== 'infinity' && text !== '-infinity') return undefined;
  if (onInfinity === 'null') return null;
  if (onInfinity === 'limit') return text === 'infinity' ? last : first;
  return new Rejection('not_carried', `${text} has no equal in MySQL`);
}

const plainDate = /^\d{4}-\d\d-\d\d$/;

export const dates = ({ policies }: CastTarget): Cast =>
  partial(
    'date',
    (text) => infinite(text, policies, firstDate, lastDate) ?? (plainDate.test(text) ? text : outside(text)),
  );

/** A time of day goes to 24:00, an interval of TIME to 838 hours, so every time fits. */
export const times = ({ precision, zoned }: Time): Cast =>
  zoned
    ? {
        sqlType: 'varchar(21) character set ascii',
        fidelity: 'exact',
        note: 'as text, because no type has a time with its zone',
        encode: (text) => text.replace(/Z$/, '+00'),
        expression: asIs,
      }
    : {
        sqlType: `time(${precision})`,
        fidelity: 'exact',
        note: null,
        encode: (text) => text,
        expression: asIs,
        canonical: withoutZeros,
      };

const plainTimestamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/;

/** Timestamps with time zone are stored in UTC: TIMESTAMP ends in 2038. */
export const timestamps = ({ precision, zoned }: Timestamp, { policies }: CastTarget): Cast =>
  partial(`datetime(${precision})`, (text) => {
    const end = precision === 0 ? '' : `.${'9'.repeat(precision)}`;
    const special = infinite(text, policies, `${firstDate} 00:00:00`, `${lastDate} 23:59:59${end}`);
    if (special !== undefined) return special;
    const [, date, time, zone] = plainTimestamp.exec(text) ?? [];
    if (date === undefined || time === undefined || date < firstDate) return outside(text);
    if (!zoned || zone === undefined || isUtc(zone)) return `${date} ${time}`;
    return inUtc(date, time, zone) ?? outside(text);
  });

const isUtc = (zone: string): boolean => zone === 'Z' || /^[+-](?:00:?){1,3}$/.test(zone);

/** Undefined if the year is outside of 1 to 9999. */
function inUtc(date: string, time: string, zone: string): string | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = (zone.slice(1).match(/\d\d/g) ?? []).map(Number);
  const offset = (hours * 3600 + minutes * 60 + seconds) * (zone.startsWith('-') ? -1000 : 1000);
  const local = Date.parse(`${date}T${time.slice(0, 8)}Z`);
  const utc = new Date(local - offset);
  const year = utc.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return utc.toISOString().slice(0, 19).replace('T', ' ') + time.slice(8);
}

export const intervals = ({ policies }: CastTarget): Cast => {
  const asText = policies.interval === 'text';
  return {
    sqlType: asText ? 'varchar(64) character set ascii' : 'bigint',
    fidelity: asText ? 'exact' : 'policy',
    note: asText ? 'as text in ISO 8601' : 'in microseconds, a day as 24 hours; intervals with months are parked',
    encode: (text) => {
      const parsed = parseInterval(text);
      if (parsed === undefined)
        return new Rejection('wrong_type', `'${text.slice(0, 40)}' is not an interval in ISO 8601`);
      if (asText) return isoInterval(parsed);
      if (parsed.months !== 0n)
        return new Rejection('not_carried', `'${text.slice(0, 40)}' has months, of unknown length`);
      return String(microsecondsOf(parsed));
    },
    expression: asIs,
  };
};
