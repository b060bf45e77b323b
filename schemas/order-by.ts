/**
 * The order of the events of one key: by `cdc_sequence`, `cdc_timestamp`, the Kafka offset (rule 9), or the position of the
 * change in the log of its database (rule 11).
 */
export type OrderBy = 'sequence' | 'timestamp' | 'offset' | 'lsn';
