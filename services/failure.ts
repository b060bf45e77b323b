/** The error that ended a use case, as plain data: it can be sent to another process. */
import type { FailureKind } from '../pipeline/error-codes.ts';
import { messageOf, PipelineError } from '../pipeline/errors.ts';
import { diagnose } from './diagnose.ts';

/** A diagnosed error. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  /** What to do about it; empty if unknown. */
  readonly advice: string;
  readonly kind: FailureKind;
  /** Values that a user interface needs for its own advice, such as a command. */
  readonly details?: PipelineError['details'];
};

/** Diagnoses an error and returns it as plain data. */
export function failureOf(error: unknown): Failure {
  const { code, advice, kind } = diagnose(error);
  const details = error instanceof PipelineError ? error.details : undefined;
  return { code, message: messageOf(error), advice, kind, ...(details === undefined ? {} : { details }) };
}
