/**
 * What an error means: park the record, try again, or stop and tell a person (promise 5, rule 19). An outage is never a
 * bad record, and what waiting cannot cure is not waited for. Unknown means stop. Each adapter classifies the errors of
 * its own server.
 */
import { type ErrorCode, type FailureKind, outcomeOf, type Reaction } from './error-codes.ts';
import { bySystemCode, noSocket } from './system-errors.ts';

/** What to do, and what a person can do; `connection` where no connection was made, or one broke. */
export type Rule = readonly [reaction: Reaction, advice: string, about?: 'connection'];

/** What an error means. */
export type Diagnosis = {
  readonly reaction: Reaction;
  /** The server's code, a system error's, or one of our own. */
  readonly code: string;
  /** What a person can do about it. */
  readonly advice: string;
  readonly kind: FailureKind;
  /** Whether no connection was made, or one broke. */
  readonly isConnection?: boolean;
};

/** Says what any error means. */
export type Diagnose = (error: unknown) => Diagnosis;

/** Knows the errors of one kind of server. */
export type Classifier = {
  /** What an error says by its code or type; undefined for errors of other origin. */
  readonly byCode: (error: object) => Diagnosis | undefined;
  /** What an error without a code says by its message. Asked when its causes say nothing either. */
  readonly byMessage: (error: object) => Diagnosis | undefined;
};

/** An error with a message and advice for a person, already diagnosed. */
export class PipelineError extends Error implements Diagnosis {
  readonly code: string;
  readonly reaction: Reaction;
  readonly advice: string;
  readonly kind: FailureKind;
  /** What a face needs to name what a person can do there, such as a command. */
  readonly details: Readonly<Record<string, string>> | undefined;

  /**
   * @param of one of our own codes; or the diagnosis of a server's error that nothing can be done about, whose code stays.
   * @param options.kind another kind than the code usually has.
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

/** Causes within causes that are examined; an error can contain itself. */
const deepest = 8;

/** Diagnoses errors of our own, of the system, and of the servers that the classifiers know. */
export function diagnoser(...classifiers: readonly Classifier[]): Diagnose {
  const diagnose = (error: unknown, depth: number): Diagnosis => {
    if (typeof error !== 'object' || error === null) return unknown('unknown');
    if (error instanceof PipelineError) return error;
    const found = firstOf(classifiers, ({ byCode }) => byCode(error)) ?? ofSystem(error);
    if (found !== undefined) return found;
    // A client wraps the error that made it give up. Only a cause without meaning leaves its own words to decide.
    const wrapped = 'cause' in error && depth < deepest ? diagnose(error.cause, depth + 1) : undefined;
    if (wrapped !== undefined && !isUnknown(wrapped)) return wrapped;
    const likely = firstOf(classifiers, ({ byMessage }) => byMessage(error));
    if (likely !== undefined) return likely;
    const [first] = error instanceof AggregateError ? error.errors : [];
    return first === undefined || depth === deepest
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

/** The code of an error, if it has one. */
export const codeOf = (error: object): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The diagnosis by a rule. */
export const diagnosis = ([reaction, advice, about]: Rule, code: string): Diagnosis => ({
  reaction,
  code,
  advice,
  kind: reaction === 'retry' ? 'unreachable' : 'failure',
  ...(about === 'connection' ? { isConnection: true } : {}),
});

/** The connection went away, and the error has no code that says so. */
export const connectionLost = diagnosis(
  ['retry', 'The server did not answer or went away.', 'connection'],
  'connection_lost',
);

const notKnown = 'Unexpected error; retrying will not help. Please report it if it looks like a bug.';

const isUnknown = ({ advice }: Diagnosis): boolean => advice === notKnown;

/** Nobody knows this error: stop. */
export const unknown = (code: string): Diagnosis => diagnosis(['stop', notKnown], code);

/** One sentence about an error, whatever was thrown. An AggregateError (Node's "happy eyeballs") has no message itself. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
