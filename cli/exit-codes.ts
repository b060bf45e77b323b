/** The exit codes of every verb; they carry the verdict (promise 9). */
import type { FailureKind } from '../pipeline/errors.ts';

/** By name. Stops by a signal have 128 and the number of the signal. */
export const exitCodes = { done: 0, failure: 1, usage: 2, counters: 3, unreachable: 4, stalled: 5 } as const satisfies {
  readonly [kind in FailureKind | 'done']: number;
};

/** An exit code. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
