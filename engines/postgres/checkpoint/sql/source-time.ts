/**
 * SQL for a record's timestamp in milliseconds. Producers may send nanoseconds, or -1 for none. Values after the year 9999 or
 * before 1970 become null, because they must not stop parking or the checkpoint (rule 20).
 */
export const sourceTime = (ms: string): string =>
  `case when ${ms} between 0 and 253402300799999 then to_timestamp(${ms} / 1000.0) end`;
