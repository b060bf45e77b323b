/** PostgreSQL's intervals: months, days and microseconds, which are not converted to each other. */

/** An interval in its three parts. */
export type Interval = { readonly months: bigint; readonly days: bigint; readonly micros: bigint };

const iso =
  /^P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d{1,9}))?S)?)?$/;

const microsPerSecond = 1_000_000n;
const microsPerDay = 86_400n * microsPerSecond;

/**
 * Parses an interval in ISO 8601, as `intervalstyle = iso_8601` and Debezium write it, or a number of microseconds. Undefined if it is
 * neither, or is finer than a microsecond.
 */
export function parseInterval(text: string): Interval | undefined {
  const [, count] = /^([+-]?\d+) microseconds$/.exec(text) ?? [];
  if (count !== undefined) return { months: 0n, days: 0n, micros: BigInt(count) };
  const found = iso.exec(text);
  if (found === null || text === 'P' || text.endsWith('T')) return undefined;
  const [, years, months, weeks, days, hours, minutes, sign, seconds = '0', fraction = ''] = found;
  if (/[1-9]/.test(fraction.slice(6))) return undefined;
  const ofSeconds = BigInt(seconds) * microsPerSecond + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return {
    months: number(years) * 12n + number(months),
    days: number(weeks) * 7n + number(days),
    micros: (number(hours) * 3600n + number(minutes) * 60n) * microsPerSecond + (sign === '-' ? -ofSeconds : ofSeconds),
  };
}

const number = (digits: string | undefined): bigint => BigInt(digits?.replace('+', '') ?? 0);

/** The interval in ISO 8601, the same text for equal parts. */
export function isoInterval({ months, days, micros }: Interval): string {
  const part = (count: bigint, unit: string) => (count === 0n ? '' : `${count}${unit}`);
  const date = part(months / 12n, 'Y') + part(months % 12n, 'M') + part(days, 'D');
  const hours = micros / (3600n * microsPerSecond);
  const minutes = (micros / (60n * microsPerSecond)) % 60n;
  const time = part(hours, 'H') + part(minutes, 'M') + seconds(micros % (60n * microsPerSecond));
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

function seconds(micros: bigint): string {
  if (micros === 0n) return '';
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % microsPerSecond)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${micros < 0n ? '-' : ''}${size / microsPerSecond}${fraction === '' ? '' : `.${fraction}`}S`;
}

/** Its length with days of 24 hours, without its months. */
export const microsecondsOf = ({ days, micros }: Interval): bigint => days * microsPerDay + micros;
