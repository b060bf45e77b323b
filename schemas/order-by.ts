/** Which field orders the events of one key: `cdc_sequence`, `cdc_timestamp`, or the offset in Kafka (rule 9). */
export type OrderBy = 'sequence' | 'timestamp' | 'offset';
