/**
 * One place decides what an error means: park the record, try again, or stop and tell a person (promise 5, rule 19).
 * An outage is never a bad record, and what waiting cannot cure is not waited for. Unknown means stop.
 */
import { byKafkaType, bySqlState, bySystemCode, noSocket, type Reaction, type Rule } from './reactions.ts';

/** How an error ends what was asked for. The command line has an exit code for each kind (promise 9). */
export type FailureKind =
  | 'failure'
  | 'usage'
  /** Too many records parked, or counters that do not balance. */
  | 'counters'
  | 'unreachable'
  | 'stalled';

/** What an error means. */
export type Diagnosis = {
  readonly reaction: Reaction;
  /** SQLSTATE, system error or own code. */
  readonly code: string;
  /** What a person can do about it. */
  readonly advice: string;
  readonly kind: FailureKind;
};

/** An error of our own, already diagnosed. */
export class PipelineError extends Error {
  readonly code: string;
  readonly reaction: Reaction;
  readonly advice: string;
  readonly kind: FailureKind;

  constructor(
    code: string,
    message: string,
    options: { advice: string; reaction?: Reaction; kind?: FailureKind; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'PipelineError';
    this.code = code;
    this.reaction = options.reaction ?? 'stop';
    this.advice = options.advice;
    this.kind = options.kind ?? 'failure';
  }
}

/** What node-postgres says when the server asks for a password and there is none. */
const noPassword = /password must be a (?:non-empty )?string/;

/** Messages of node-postgres and kafkajs for a connection that went away; these errors carry no code. */
const lostConnection =
  /connection terminated|connection ended|connection closed|timeout (?:expired|exceeded)|read timeout|closed the connection|not queryable|KafkaJS(?:Connection|RequestTimeout|NumberOfRetriesExceeded|LockTimeout|BrokerNotFound|NoBroker|GroupCoordinatorNotFound)/i;

const own = (error: object): error is PipelineError => error instanceof PipelineError;

const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The name of an error of Kafka's protocol. */
const kafkaTypeOf = (error: object): string | undefined =>
  'type' in error && typeof error.type === 'string' ? error.type : undefined;

/** kafkajs marks errors of the protocol that pass by themselves; its own errors are so marked unless it knows better. */
const isRetriable = (error: object): boolean =>
  kafkaTypeOf(error) !== undefined && 'retriable' in error && error.retriable === true;

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
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return diagnosis(noSocket, code);
  if (code !== undefined && bySystemCode[code]) return diagnosis(bySystemCode[code], code);
  const type = kafkaTypeOf(error);
  if (type !== undefined && byKafkaType[type]) return diagnosis(byKafkaType[type], type);
  const { name, message } = error as Partial<Error>;
  if (noPassword.test(message ?? '')) {
    return diagnosis(
      ['stop', 'The server asks for a password: write it into the address or ~/.pgpass.'],
      'no_password',
    );
  }
  // kafkajs wraps what it gave up on; only where that says nothing is it a lost connection.
  const wrapped = 'cause' in error && depth < deepest ? diagnose(error.cause, depth + 1) : undefined;
  if (wrapped !== undefined && !isUnknown(wrapped)) return wrapped;
  if (lostConnection.test(`${name} ${message}`) || isRetriable(error)) {
    return diagnosis(['retry', 'The server did not answer or went away.'], 'connection_lost');
  }
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first === undefined || depth === deepest ? unknown(code ?? name ?? 'unknown') : diagnose(first, depth + 1);
}

const diagnosis = ([reaction, advice]: Rule, code: string): Diagnosis => ({
  reaction,
  code,
  advice,
  kind: reaction === 'retry' ? 'unreachable' : 'failure',
});

const notKnown = 'Unexpected error; retrying will not help. Please report it if it looks like a bug.';

const isUnknown = ({ advice }: Diagnosis): boolean => advice === notKnown;

const unknown = (code: string): Diagnosis => ({
  reaction: 'stop',
  code,
  advice: notKnown,
  kind: 'failure',
});

/** One sentence about an error, whatever was thrown. An AggregateError (Node's "happy eyeballs") has no message itself. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
