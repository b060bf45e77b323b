/** Classifies the errors of MySQL, MariaDB and their driver (rule 19). */
import {
  type Classifier,
  codeOf,
  connectionLost,
  type Diagnosis,
  diagnoser,
  diagnosis,
  messageOf,
  type Rule,
  unknown,
} from '../../pipeline/errors.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { Refusal } from '../contract.ts';

const value: Rule = [
  'park',
  'The value does not fit the column; correct it in sluice.dead_letter or widen the column.',
];
const constraint: Rule = ['park', 'A constraint of the table refuses the row; correct the row or the constraint.'];
const lost: Rule = ['retry', 'The connection to the server was lost.', 'connection'];
const stopping: Rule = ['retry', 'The server is being stopped.', 'connection'];
const tooMany: Rule = ['retry', 'The server takes no more connections: raise max_connections, or use fewer lanes.'];
const full: Rule = ['retry', 'The server is short of disk or memory.'];
const collided: Rule = ['retry', 'Transactions collided, or a lock was not available in time.'];
const slow: Rule = [
  'retry',
  'A statement took longer than allowed, or was cancelled; if that repeats, lower --max-records or look for a missing index.',
];
const readOnly: Rule = [
  'retry',
  'The server is read-only, a replica perhaps; connect to the primary, or SET GLOBAL read_only = OFF.',
];
const login: Rule = ['stop', 'The server refuses this user or password: check both.'];
const privilege: Rule = ['stop', 'The user lacks a privilege: grant it, or use a user who owns the database.'];
const definition: Rule = ['stop', 'The tables are not as expected: was a definition changed by hand?'];

/** By error number. Sources: the error references of MySQL 8.4 and of MariaDB. Numbers above 4000 are MariaDB's, except 4031. */
export const byErrno: { readonly [errno: string]: Rule } = {
  1020: collided,
  1021: full,
  1037: full,
  1038: full,
  1040: tooMany,
  1044: privilege,
  1045: login,
  1048: constraint,
  1049: ['stop', 'This database does not exist: check its name, or create it.'],
  1053: stopping,
  1054: definition,
  1062: constraint,
  1077: stopping,
  1114: full,
  1118: ['park', 'The row is larger than the page of its table allows; shorten it.'],
  1136: definition,
  1142: privilege,
  1143: privilege,
  1146: definition,
  1153: ['stop', 'A statement is larger than the server takes: raise max_allowed_packet.'],
  1158: lost,
  1159: lost,
  1160: lost,
  1161: lost,
  1203: tooMany,
  1205: collided,
  1206: full,
  1213: collided,
  1226: tooMany,
  1227: privilege,
  1264: value,
  1265: value,
  1290: readOnly,
  1292: value,
  1300: value,
  1317: slow,
  1364: definition,
  1366: value,
  1406: value,
  1411: value,
  1416: value,
  1412: collided,
  1441: value,
  1451: constraint,
  1452: constraint,
  1471: definition,
  1526: constraint,
  1615: collided,
  1690: value,
  1698: login,
  1836: readOnly,
  1906: definition,
  1927: lost,
  1969: slow,
  2006: lost,
  2013: lost,
  3024: slow,
  3037: value,
  3058: collided,
  3105: definition,
  3140: value,
  3819: constraint,
  4025: constraint,
  4031: lost,
};

/** Codes of the driver for a connection that was lost or does not answer. */
const lostCodes = /^PROTOCOL_(?:CONNECTION_LOST|SEQUENCE_TIMEOUT|PACKETS_OUT_OF_ORDER|UNEXPECTED_PACKET)$/;

/** Messages for a lost connection in errors without a code. */
const lostConnection = /in closed state|connection lost|session was closed/i;

/** The number of a server's error; undefined for other errors, such as those of the operating system. */
export function errnoOf(error: unknown): number | undefined {
  const { errno } = (error ?? {}) as { errno?: unknown };
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

function byCode(error: object): Diagnosis | undefined {
  const errno = errnoOf(error);
  if (errno !== undefined) {
    const rule = byErrno[errno];
    return rule ? diagnosis(rule, String(errno)) : unknown(String(errno));
  }
  return lostCodes.test(codeOf(error) ?? '') ? connectionLost : undefined;
}

/** Classifies errors by their number, or by the driver's code or message. */
export const mysqlErrors: Classifier = {
  byCode,
  byMessage: (error) => (error instanceof Error && lostConnection.test(error.message) ? connectionLost : undefined),
};

/** Diagnoses an error of code that uses only MySQL. */
export const diagnose = diagnoser(mysqlErrors);

/** Whether the database refused a row because another row has its value of a unique key. */
export const isCollision = (error: unknown): boolean => errnoOf(error) === 1062;

/** Whether the user lacks the privilege for a statement. */
export const isRefusedPrivilege = (error: unknown): boolean => byErrno[errnoOf(error) ?? ''] === privilege;

/** Why the server refused a record; undefined if no record caused the error. */
export function refusalOf(error: unknown): Refusal | undefined {
  const rule = byErrno[errnoOf(error) ?? ''];
  if (rule === definition) return { kind: 'definition', rejection: rejectionOf(error) };
  if (rule?.[0] !== 'park') return undefined;
  return { kind: isCollision(error) ? 'collision' : 'value', rejection: rejectionOf(error) };
}

/** The server's message with its number, but without the row's number in the statement and without the values of a key. */
function rejectionOf(error: unknown): Rejection {
  const message = messageOf(error)
    .replace(/ at row \d+$/, '')
    .replace(/^Duplicate entry '.*' for key /s, 'Duplicate entry for key ');
  const [, column] = /column (?:`[^`]+`\.`[^`]+`\.)?[`']([^`']+)[`']/i.exec(message) ?? [];
  return new Rejection('refused_by_database', `${message}, error ${errnoOf(error)}`, column);
}
