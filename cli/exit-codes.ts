/** The exit codes of every verb; they carry the verdict (promise 9). */
import type { FailureKind } from '../pipeline/error-codes.ts';

/** By name. Stops by a signal have 128 and the number of the signal. */
export const exitCodes = { done: 0, failure: 1, usage: 2, counters: 3, unreachable: 4, stalled: 5 } as const satisfies {
  readonly [kind in FailureKind | 'done']: number;
};

/** An exit code. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The kind of failure that a process ended with; `failure` for codes of no kind. */
export function kindOf(code: number | null): FailureKind {
  const found = Object.entries(exitCodes).find(([name, known]) => known === code && name !== 'done');
  return (found?.[0] as FailureKind | undefined) ?? 'failure';
}
