/**
 * One place decides what an error means: park the record, try again, or stop and tell a person (promise 5, rule 19).
 * An outage is never a bad record, and what waiting cannot cure is not waited for. Unknown means stop.
 */

/** What to do about an error. */
export type Reaction = 'park' | 'retry' | 'stop';

/** Exit codes of the command; they carry the verdict (promise 9). */
export const exitCodes = { done: 0, failure: 1, usage: 2, books: 3, unreachable: 4, stalled: 5 } as const;

/** An exit code. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What an error means. */
export type Diagnosis = {
  readonly reaction: Reaction;
  /** SQLSTATE, system error or own code. */
  readonly code: string;
  /** What a person can do about it. */
  readonly advice: string;
  readonly exit: ExitCode;
};

/** An error of our own, already diagnosed. */
export class PipelineError extends Error {
  readonly code: string;
  readonly reaction: Reaction;
  readonly advice: string;
  readonly exit: ExitCode;

  constructor(
    code: string,
    message: string,
    options: { advice: string; reaction?: Reaction; exit?: ExitCode; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'PipelineError';
    this.code = code;
    this.reaction = options.reaction ?? 'stop';
    this.advice = options.advice;
    this.exit = options.exit ?? exitCodes.failure;
  }
}

type Rule = readonly [reaction: Reaction, advice: string];

/** By SQLSTATE, the whole code before its class. Source: PostgreSQL's appendix of error codes. */
const bySqlState: { readonly [code: string]: Rule } = {
  '08': ['retry', 'The connection to PostgreSQL was lost; it is tried again.'],
  '22': ['park', 'The value does not fit the column; correct it in sluice.dead_letter or widen the column.'],
  '23': ['park', 'A constraint of the table refuses the row; correct the row or the constraint.'],
  '25006': ['retry', 'The server is read-only, a standby perhaps; connect to the primary.'],
  '25P03': ['retry', 'The session idled too long inside a transaction; it is tried again.'],
  '28': [
    'stop',
    'PostgreSQL refuses this user or password: check POSTGRES_USER and POSTGRES_PASSWORD or DATABASE_URL.',
  ],
  '3D000': ['stop', 'This database does not exist: check POSTGRES_DB or create it.'],
  '40': ['retry', 'Transactions collided; it is tried again.'],
  '42501': ['stop', 'The user lacks a privilege: grant it, or use the owner of the tables.'],
  '42': ['stop', 'The tables are not as expected: was the schema changed by hand?'],
  '53': ['retry', 'The server is short of disk, memory or connections; it is tried again.'],
  '54000': [
    'park',
    'The row exceeds a limit of PostgreSQL, such as the size of an index entry; shorten it or drop that index.',
  ],
  '55': ['retry', 'A lock was not to be had in time; it is tried again.'],
  '57': ['retry', 'The server was stopped, is starting, or ended the statement; it is tried again.'],
  '58': ['retry', 'The server met an error of its disk or system; it is tried again.'],
};

/** By error code of Node. */
const bySystemCode: { readonly [code: string]: Rule } = {
  ECONNREFUSED: ['retry', 'Nothing listens there: is the server up, and is the address right?'],
  ECONNRESET: ['retry', 'The connection broke; it is tried again.'],
  EPIPE: ['retry', 'The connection broke; it is tried again.'],
  ETIMEDOUT: ['retry', 'The server did not answer in time: is the address right?'],
  EHOSTUNREACH: ['retry', 'The host is out of reach: is the address right?'],
  ENETUNREACH: ['retry', 'The network is out of reach.'],
  ENOTFOUND: ['retry', 'The host name is unknown: check its spelling.'],
  EAI_AGAIN: ['retry', 'The host name could not be looked up; it is tried again.'],
  EADDRNOTAVAIL: ['retry', 'No local port was free; it is tried again.'],
  ENOENT: ['stop', 'There is no such file.'],
  EACCES: ['stop', 'The file may not be read by this user.'],
  EISDIR: ['stop', 'That is a folder, not a file.'],
};

/** What node-postgres says when the server asks for a password and there is none. */
const noPassword = /password must be a (?:non-empty )?string/;

/** Messages of node-postgres and kafkajs for a connection that went away; these errors carry no code. */
const lostConnection =
  /connection terminated|connection ended|connection closed|timeout (?:expired|exceeded)|read timeout|closed the connection|not queryable|KafkaJS(?:Connection|RequestTimeout|NumberOfRetriesExceeded|LockTimeout|BrokerNotFound|NoBroker)/i;

const own = (error: object): error is PipelineError => error instanceof PipelineError;

const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);

/** Causes within causes that are looked into; errors can be made that contain themselves. */
const deepest = 8;

/** What an error means and what to do about it. */
export function diagnose(error: unknown, depth = 0): Diagnosis {
  if (typeof error !== 'object' || error === null) return unknown('unknown');
  if (own(error)) return error;
  const code = codeOf(error);
  if (code !== undefined && isSqlState(code)) {
    const rule = bySqlState[code] ?? bySqlState[code.slice(0, 2)];
    return rule ? diagnosis(rule, code) : unknown(code);
  }
  if (code !== undefined && bySystemCode[code]) return diagnosis(bySystemCode[code], code);
  const { name, message } = error as Partial<Error>;
  if (noPassword.test(message ?? '')) {
    return diagnosis(['stop', 'The server asks for a password: set POSTGRES_PASSWORD or DATABASE_URL.'], 'no_password');
  }
  if (lostConnection.test(`${name} ${message}`)) {
    return diagnosis(['retry', 'The server did not answer or went away; it is tried again.'], 'connection_lost');
  }
  const inner = 'cause' in error ? error.cause : error instanceof AggregateError ? error.errors[0] : undefined;
  return inner === undefined || depth === deepest ? unknown(code ?? name ?? 'unknown') : diagnose(inner, depth + 1);
}

const diagnosis = ([reaction, advice]: Rule, code: string): Diagnosis => ({
  reaction,
  code,
  advice,
  exit: reaction === 'retry' ? exitCodes.unreachable : exitCodes.failure,
});

const unknown = (code: string): Diagnosis => ({
  reaction: 'stop',
  code,
  advice: 'This error is not known to be curable by waiting. If it looks like a bug, please report it.',
  exit: exitCodes.failure,
});

/** One sentence about an error, whatever was thrown. An AggregateError (Node's "happy eyeballs") has no message itself. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
