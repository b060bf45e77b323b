/** Classifies the errors of PostgreSQL and of node-postgres (rule 19). */
import {
  type Classifier,
  codeOf,
  connectionLost,
  type Diagnosis,
  diagnoser,
  diagnosis,
  type Rule,
  unknown,
} from '../../pipeline/errors.ts';

/** By SQLSTATE, the whole code before its class. Source: PostgreSQL's appendix of error codes. */
export const bySqlState: { readonly [code: string]: Rule } = {
  '08': ['retry', 'The connection to PostgreSQL was lost.', 'connection'],
  '22': ['park', 'The value does not fit the column; correct it in sluice.dead_letter or widen the column.'],
  '23': ['park', 'A constraint of the table refuses the row; correct the row or the constraint.'],
  '25006': ['retry', 'The server is read-only, a standby perhaps; connect to the primary.'],
  '25P03': ['retry', 'The session idled too long inside a transaction.'],
  '28': ['stop', 'PostgreSQL refuses this user or password: check both.'],
  '3D000': ['stop', 'This database does not exist: check its name, or create it.'],
  '40': ['retry', 'Transactions collided.'],
  '42501': ['stop', 'The user lacks a privilege: grant it, or use the owner of the tables.'],
  '42': [
    'stop',
    'The tables are not as expected: was the schema changed by hand? `npx sluice doctor` lists what differs.',
  ],
  '53': ['retry', 'The server is short of disk, memory or connections.'],
  '54000': [
    'park',
    'The row exceeds a limit of PostgreSQL, such as the size of an index entry; shorten it or drop that index.',
  ],
  '55': ['retry', 'A lock was not available in time.'],
  '57014': [
    'retry',
    'A statement took longer than allowed, or was cancelled; if that repeats, lower --max-records or look for a missing index.',
  ],
  '57': ['retry', 'The server was stopped, is starting, or ended the statement.'],
  '57P01': ['retry', 'The server is being stopped.', 'connection'],
  '57P02': ['retry', 'The server has crashed.', 'connection'],
  '57P03': ['retry', 'The server is starting.', 'connection'],
  '58': ['retry', 'The server met an error of its disk or system.'],
};

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);

/** node-postgres's message if the server asks for a password and there is none. */
const noPassword = /password must be a (?:non-empty )?string/;

/** node-postgres's messages for a lost connection. These errors have no code. */
const lostConnection =
  /connection terminated|connection ended|connection closed|timeout (?:expired|exceeded)|read timeout|closed the connection|not queryable/i;

const messageIn = (error: object): string => ('message' in error ? String(error.message) : '');

function byCode(error: object): Diagnosis | undefined {
  const code = codeOf(error);
  if (code !== undefined && isSqlState(code)) {
    const rule = bySqlState[code] ?? bySqlState[code.slice(0, 2)];
    return rule ? diagnosis(rule, code) : unknown(code);
  }
  if (!noPassword.test(messageIn(error))) return undefined;
  return diagnosis(['stop', 'The server asks for a password: write it into the address or ~/.pgpass.'], 'no_password');
}

/** Classifies PostgreSQL errors by SQLSTATE, or by message. */
export const postgresErrors: Classifier = {
  byCode,
  byMessage: (error) => (lostConnection.test(messageIn(error)) ? connectionLost : undefined),
};

/** Diagnoses an error of code that uses only PostgreSQL. */
export const diagnose = diagnoser(postgresErrors);
