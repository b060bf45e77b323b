/**
 * Known errors of Kafka Connect and Debezium, with advice for each. They arrive as stack traces of several pages or as
 * errors of single fields, in which one sentence is the cause.
 */

import type { ErrorCode } from '../../pipeline/error-codes.ts';
import { PipelineError } from '../../pipeline/errors.ts';

type Fault = { readonly code: ErrorCode; readonly says: RegExp; readonly advice: string };

/** Advice to exclude a column. The name is replaced by the one in the message, if it has one. */
const leaveOut =
  'leave the column out: `npx sluice connector create --settings FILE` with {"column.exclude.list": "SCHEMA.TABLE.COLUMN"} in the file.';

/** Values that Debezium cannot represent with any replica identity. Tested with 3.6.3. */
const notCarried =
  'NaN or an infinity within numeric[], NULL within an array of an enum, a domain or a row type, any value of bit[]';

const faults: readonly Fault[] = [
  {
    code: 'wal_level',
    says: /wal_level.*must be .?logical/i,
    advice: 'On the source: ALTER SYSTEM SET wal_level = logical; then restart that server.',
  },
  {
    code: 'replication_role',
    says: /roles? LOGIN and REPLICATION are not assigned|must be superuser or replication role|permission denied to (?:start WAL sender|use replication slots)/i,
    advice: 'On the source, as a superuser: ALTER ROLE <user> REPLICATION LOGIN;',
  },
  {
    code: 'slot_taken',
    says: /replication slot .* is active|slot .* is active for PID/i,
    advice: 'Another connector reads from this slot: delete that one, or give this one its own --slot.',
  },
  {
    code: 'slots_exhausted',
    says: /all replication slots are in use/i,
    advice: 'Drop an unused slot (pg_replication_slots lists them), or raise max_replication_slots and restart.',
  },
  {
    code: 'slot_lost',
    says: /is no longer available on the server|can no longer (?:get changes|access replication slot)|requested WAL segment .* has already been removed|wal_status.*lost/i,
    advice:
      'The slot or its WAL is gone: `npx sluice connector delete --drop-slot`, then create it again, which takes a new snapshot.',
  },
  {
    code: 'publication_rights',
    says: /must be owner of (?:table|publication)|permission denied for (?:database|publication)|must be superuser to create|Unable to create (?:filtered )?publication/i,
    advice:
      'Let the owner of the tables create the publication first; `npx sluice connector create` shows the statement.',
  },
  {
    code: 'select_rights',
    says: /permission denied for (?:table|schema|view)/i,
    advice: 'On the source: GRANT USAGE on the schema and SELECT on the tables to the user of --source-db.',
  },
  {
    code: 'wrong_password',
    says: /password authentication failed|no password was provided|The server requested .*authentication/i,
    advice: 'Check user and password in --source-db.',
  },
  { code: 'database_missing', says: /database ".*" does not exist/i, advice: 'Check the database in --source-db.' },
  {
    code: 'access_refused',
    says: /no pg_hba\.conf entry/i,
    advice:
      "Let the user in from Kafka Connect's machine, for the database and for replication: pg_hba.conf of the source.",
  },
  {
    code: 'source_unreachable',
    says: /Connection to .* refused|UnknownHostException|The connection attempt failed|Connection timed out|connect timed out/i,
    advice: 'Kafka Connect must reach the source itself: --source-address is its address as seen from Kafka Connect.',
  },
  {
    code: 'plugin_missing',
    says: /Failed to find any class that implements Connector/i,
    advice: "Put Debezium's connector into a folder of Kafka Connect's plugin.path and restart it.",
  },
  {
    code: 'type_mistaken',
    says: /Failed to parse \w+ value|Error converting .* to (?:PGmoney|PGpoint|PGpath)/i,
    advice:
      'Debezium identifies a type by its name. If a type at the source has the name of a built-in one (money, path, point), run ALTER TYPE … RENAME TO … there, then `npx sluice connector restart`.',
  },
  {
    // A new row, or one read by a snapshot, has all of its values, so no value was merely left out of the event.
    code: 'conversion_failed',
    says: /(?:messageType=INSERT|snapshot=(?!false)\w+)[\s\S]*Failed to properly convert data value|Invalid value: null used for required|Failed to read value of array/i,
    advice: `Debezium cannot carry that value (${notCarried}), and no replica identity changes that. If the snapshot reads it, correct it at the source, then \`npx sluice connector restart\`. A change that is in the WAL stays there: ${leaveOut}`,
  },
  {
    code: 'conversion_failed',
    says: /Failed to properly convert data value|Unexpected JDBC \w+ value for field/i,
    advice: `Either an UPDATE did not change a large value, which Debezium cannot express for this type: ALTER TABLE … REPLICA IDENTITY FULL; makes later events carry the value. Or Debezium cannot carry the value (${notCarried}). In both cases the change that is in the WAL stays there: ${leaveOut}`,
  },
  {
    code: 'message_too_large',
    says: /RecordTooLargeException|MessageSizeTooLarge|larger than .* max\.request\.size/i,
    advice: 'Raise producer.override.max.request.size of the connector and max.message.bytes of the topic.',
  },
];

/** The message of the innermost cause in a Java stack trace, without class names; else the first line. */
export function causeOf(trace: string): string {
  const lines = trace.split('\n').filter((line) => line.trim() !== '' && !/^\s+(?:at |\.\.\. \d+ more)/.test(line));
  const causes = lines.filter((line) => line.startsWith('Caused by: '));
  const line = causes.at(-1)?.slice('Caused by: '.length) ?? lines[0] ?? '';
  const words = withoutObjects(line.replace(/^(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error): /, ''));
  return words.length <= maxLength ? words : `${words.slice(0, maxLength)}…`;
}

/** Most characters of a message. */
const maxLength = 300;

/** Removes objects that Java prints into messages: `Name [field=value, other=Name [...]]`. */
function withoutObjects(text: string): string {
  let words = '';
  let held = '';
  let depth = 0;
  for (const char of text) {
    if (char === '[') depth += 1;
    if (depth === 0) words += char;
    else held += char;
    if (char !== ']' || depth === 0) continue;
    depth -= 1;
    if (depth > 0) continue;
    // Brackets with `field=value` are an object, whose name precedes them.
    words = held.includes('=') ? words.replace(/ ?[\w.]+ ?$/, '') : words + held;
    held = '';
  }
  return (words + held).replace(/\s+/g, ' ').trim();
}

/** Makes an error of a message or trace. A known cause has its own code and advice. */
export function connectorError(what: string, said: string): PipelineError {
  const known = faults.find(({ says }) => says.test(said));
  const column = /data value for '([^']+)'/.exec(said)?.[1] ?? 'SCHEMA.TABLE.COLUMN';
  return new PipelineError(known?.code ?? 'connector_failed', `${what}: ${causeOf(said)}`, {
    advice:
      known?.advice.replace('SCHEMA.TABLE.COLUMN', () => column) ?? 'The log of Kafka Connect has the whole trace.',
  });
}
