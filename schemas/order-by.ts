/**
 * What orders the events of one key: `cdc_sequence`, `cdc_timestamp`, the Kafka offset (rule 9), or the position in the WAL of
 * the source (rule 11).
 */
export type OrderBy = 'sequence' | 'timestamp' | 'offset' | 'lsn';
