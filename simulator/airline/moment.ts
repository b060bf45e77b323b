/** Moments of the demo, in minutes since 1970 in UTC. The demo has its own present time, so that no clock affects it. */

/** Present time of the demo: 18:00 in Moscow on 15 August 2017, as in the original demo database. */
export const presentMinute = Date.UTC(2017, 7, 15, 15) / 60_000;

export const minutesPerDay = 1440;

/** A moment as the text of a `timestamptz`. */
export const timestampText = (minute: number): string =>
  `${new Date(minute * 60_000).toISOString().slice(0, 19).replace('T', ' ')}+00`;
