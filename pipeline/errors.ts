/**
 * Diagnoses errors: park the record, retry, or stop and report (promise 5, rule 19). An outage never parks a record, and an
 * error that a retry cannot fix is not retried. Unknown errors stop. Each adapter classifies the errors of its own server.
 */
import { type ErrorCode, type FailureKind, outcomeOf, type Reaction } from './error-codes.ts';
import { bySystemCode, noSocket } from './system-errors.ts';

/** The reaction, and advice for a person; `connection` if a connection failed or was lost. */
export type Rule = readonly [reaction: Reaction, advice: string, about?: 'connection'];

/** A classified error. */
export type Diagnosis = {
  readonly reaction: Reaction;
  /** The code of the server, of the operating system, or of Sluice. */
  readonly code: string;
  /** What a person can do. */
  readonly advice: string;
  readonly kind: FailureKind;
  /** Whether a connection failed or was lost. */
  readonly isConnection?: boolean;
};

/** Diagnoses any error. */
export type Diagnose = (error: unknown) => Diagnosis;

/** Classifies the errors of one kind of server. */
export type Classifier = {
  /** Diagnoses an error by its code or type; undefined for errors of another origin. */
  readonly byCode: (error: object) => Diagnosis | undefined;
  /** Diagnoses an error without a code by its message. Called if its causes are unknown too. */
  readonly byMessage: (error: object) => Diagnosis | undefined;
};

/** A diagnosed error with a message and advice for a person. */
export class PipelineError extends Error implements Diagnosis {
  readonly code: string;
  readonly reaction: Reaction;
  readonly advice: string;
  readonly kind: FailureKind;
  /** Values that a user interface needs for its own advice, such as a command. */
  readonly details: Readonly<Record<string, string>> | undefined;

  /**
   * @param of a code of Sluice; or the diagnosis of a server's error, which then stops the pipeline under its own code.
   * @param options.kind replaces the usual kind of the code.
   */
  constructor(
    of: ErrorCode | Diagnosis,
    message: string,
    options: {
      readonly advice: string;
      readonly kind?: FailureKind;
      readonly details?: Readonly<Record<string, string>> | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    const { reaction, kind } =
      typeof of === 'string' ? outcomeOf(of) : ({ reaction: 'stop', kind: 'failure' } as const);
    this.name = 'PipelineError';
    this.code = typeof of === 'string' ? of : of.code;
    this.reaction = reaction;
    this.advice = options.advice;
    this.kind = options.kind ?? kind;
    this.details = options.details;
  }
}

/** Deepest nested cause that is examined. A limit is needed, because an error can contain itself. */
const maxDepth = 8;

/** Returns a function that diagnoses errors of Sluice, of the operating system, and of the classifiers' servers. */
export function diagnoser(...classifiers: readonly Classifier[]): Diagnose {
  const diagnose = (error: unknown, depth: number): Diagnosis => {
    if (typeof error !== 'object' || error === null) return unknown('unknown');
    if (error instanceof PipelineError) return error;
    const found = firstOf(classifiers, ({ byCode }) => byCode(error)) ?? ofSystem(error);
    if (found !== undefined) return found;
    // A client wraps the error that ended its retries. Its own message decides only if the cause is unknown.
    const wrapped = 'cause' in error && depth < maxDepth ? diagnose(error.cause, depth + 1) : undefined;
    if (wrapped !== undefined && !isUnknown(wrapped)) return wrapped;
    const likely = firstOf(classifiers, ({ byMessage }) => byMessage(error));
    if (likely !== undefined) return likely;
    const [first] = error instanceof AggregateError ? error.errors : [];
    return first === undefined || depth === maxDepth
      ? unknown(codeOf(error) ?? (error as Partial<Error>).name ?? 'unknown')
      : diagnose(first, depth + 1);
  };
  return (error) => diagnose(error, 0);
}

function firstOf(
  classifiers: readonly Classifier[],
  ask: (classifier: Classifier) => Diagnosis | undefined,
): Diagnosis | undefined {
  for (const classifier of classifiers) {
    const found = ask(classifier);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofSystem(error: object): Diagnosis | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  if (code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return diagnosis(noSocket, code);
  const rule = bySystemCode[code];
  return rule && diagnosis(rule, code);
}

/** Returns the code of an error, if it has one. */
export const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Returns the diagnosis of a rule. */
export const diagnosis = ([reaction, advice, about]: Rule, code: string): Diagnosis => ({
  reaction,
  code,
  advice,
  kind: reaction === 'retry' ? 'unreachable' : 'failure',
  ...(about === 'connection' ? { isConnection: true } : {}),
});

/** The diagnosis of a lost connection, for errors without a code. */
export const connectionLost = diagnosis(
  ['retry', 'The server did not answer or went away.', 'connection'],
  'connection_lost',
);

const notKnown = 'Unexpected error; retrying will not help. Please report it if it looks like a bug.';

const isUnknown = ({ advice }: Diagnosis): boolean => advice === notKnown;

/** Returns the diagnosis of an unknown error: stop. */
export const unknown = (code: string): Diagnosis => diagnosis(['stop', notKnown], code);

/** Returns the message of any thrown value. An AggregateError (Node's "happy eyeballs") has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
