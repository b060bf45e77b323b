/** Times of records as MySQL and MariaDB write them: `2026-11-30 00:10:29.099`, in UTC. */

/** The last millisecond of the year 9999, the last year of DATETIME. */
const lastMs = 253_402_300_799_999;

/**
 * A record's timestamp in milliseconds, as DATETIME. Producers may send nanoseconds, or -1 for none. Values after the year 9999
 * or before 1970 become null, because they must not stop parking or the checkpoint (rule 20).
 */
export function datetimeOf(ms: string | null): string | null {
  const value = ms === null ? Number.NaN : Number(ms);
  if (!(value >= 0 && value <= lastMs)) return null;
  return new Date(value).toISOString().replace('T', ' ').replace('Z', '');
}

/** A DATETIME in UTC as milliseconds since 1970, in decimal. */
export const msOf = (datetime: string): string => String(Date.parse(`${datetime.replace(' ', 'T')}Z`));

/** A DATETIME in UTC as a date; null stays null. */
export const dateOf = (datetime: string | null): Date | null =>
  datetime === null ? null : new Date(Number(msOf(datetime)));
