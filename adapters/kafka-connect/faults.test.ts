import { expect, it } from 'vitest';
import { causeOf, connectorError } from './faults.ts';

const trace = `org.apache.kafka.connect.errors.ConnectException: An exception occurred in the change event producer. This connector will be stopped.
\tat io.debezium.pipeline.ErrorHandler.setProducerThrowable(ErrorHandler.java:67)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: io.debezium.DebeziumException: Failed to properly convert data value for 'public.types.nums' of type _numeric
\tat io.debezium.relational.TableSchemaBuilder.x(TableSchemaBuilder.java:1)
\t... 19 more
`;

it('finds the cause in a stack trace', () => {
  expect(causeOf(trace)).toBe("Failed to properly convert data value for 'public.types.nums' of type _numeric");
  expect(causeOf('')).toBe('');
});

it('removes objects that Java prints into messages', () => {
  const said =
    "io.debezium.DebeziumException: The connector is trying to read from Offset [info=source_info[server='cdc'db='x', lsn=LSN{0/24}], context=Inner [a=1, list=[b, c]], n=2], but this is no longer available on the server.";
  expect(causeOf(said)).toBe('The connector is trying to read from, but this is no longer available on the server.');
  expect(connectorError('c', said).code).toBe('slot_lost');
});

it.each([
  ["Postgres server wal_level property must be 'logical' but is: 'replica'", 'wal_level'],
  ['Postgres roles LOGIN and REPLICATION are not assigned to user: reader', 'replication_role'],
  ['ERROR: replication slot "debezium_slot" is active for PID 42', 'slot_taken'],
  ['ERROR: all replication slots are in use', 'slots_exhausted'],
  ['ERROR: must be owner of table users', 'publication_rights'],
  ['ERROR: permission denied for table users', 'select_rights'],
  ['FATAL: password authentication failed for user "x"', 'wrong_password'],
  ['FATAL: database "nowhere" does not exist', 'database_missing'],
  ['Connection to db:5432 refused. Check that the hostname and port are correct', 'source_unreachable'],
  ['Failed to find any class that implements Connector and which name matches x.Y', 'plugin_missing'],
  [trace, 'conversion_failed'],
  ['ConnectException: Failed to parse money value: a', 'type_mistaken'],
  ['DataException: Invalid value: null used for required element', 'conversion_failed'],
  ['something else', 'connector_failed'],
])('%s', (said, code) => {
  const error = connectorError('connector x', said);
  expect(error.code).toBe(code);
  expect(error.advice).not.toBe('');
});

const met = (
  offset: string,
): string => `org.apache.kafka.connect.errors.ConnectException: An exception occurred in the change event producer. This connector will be stopped.
Caused by: org.apache.kafka.connect.errors.ConnectException: Error while processing event at offset {${offset}}
Caused by: io.debezium.DebeziumException: Failed to properly convert data value for 'public.t.c' of type _numeric
`;

it.each([
  'last_snapshot_record=false, lsn=29432856, txId=770, snapshot=INITIAL, snapshot_completed=false',
  'lsn_proc=29455008, messageType=INSERT, lsn_commit=29454968, lsn=29455008, txId=775',
])('does not advise a replica identity for a value of a new row: %s', (offset) => {
  const { advice } = connectorError('c', met(offset));
  expect(advice).not.toContain('REPLICA IDENTITY FULL');
  expect(advice).toContain('{"column.exclude.list": "public.t.c"}');
});

it.each(['messageType=UPDATE, lsn=1', 'messageType=DELETE, lsn=1'])(
  'advises a replica identity for a value of an existing row: %s',
  (offset) => {
    const { advice } = connectorError('c', met(offset));
    expect(advice).toContain('REPLICA IDENTITY FULL');
    expect(advice).toContain('{"column.exclude.list": "public.t.c"}');
  },
);
