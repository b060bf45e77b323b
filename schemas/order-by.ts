/**
 * What orders the events of one key: `cdc_sequence`, `cdc_timestamp`, the offset in Kafka (rule 9), or the place of the
 * change in the log of its database (rule 11).
 */
export type OrderBy = 'sequence' | 'timestamp' | 'offset' | 'lsn';
