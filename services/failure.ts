/** The error that ended work, as data: it can be sent to another process. */
import type { FailureKind } from '../pipeline/error-codes.ts';
import { messageOf, PipelineError } from '../pipeline/errors.ts';
import { diagnose } from './diagnose.ts';

/** What ended the work. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  /** What to do about it; empty when nobody knows. */
  readonly advice: string;
  readonly kind: FailureKind;
  /** What a face needs to name what a person can do there. */
  readonly details?: PipelineError['details'];
};

/** What an error means. */
export function failureOf(error: unknown): Failure {
  const { code, advice, kind } = diagnose(error);
  const details = error instanceof PipelineError ? error.details : undefined;
  return { code, message: messageOf(error), advice, kind, ...(details === undefined ? {} : { details }) };
}
