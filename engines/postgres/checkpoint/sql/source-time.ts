/**
 * SQL for a record's timestamp in milliseconds. Producers stamp what they like, nanoseconds or -1 for nothing: what is no
 * time PostgreSQL could hold becomes null, because parking and moving the checkpoint must not fail for it (rule 20).
 */
export const sourceTime = (ms: string): string =>
  `case when ${ms} between 0 and 253402300799999 then to_timestamp(${ms} / 1000.0) end`;
