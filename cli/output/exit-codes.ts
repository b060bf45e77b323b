/** The exit codes of every verb; they carry the verdict (promise 9). docs/reference/exit-codes.md explains each of them. */
import type { FailureKind } from '../../pipeline/error-codes.ts';

/** By name. Stops by a signal have 128 and the number of the signal. */
export const exitCodes = { done: 0, failure: 1, usage: 2, counters: 3, unreachable: 4, stalled: 5 } as const satisfies {
  readonly [kind in FailureKind | 'done']: number;
};

/** By name: codes that the migrator will end with. No verb does yet. */
export const migrationExitCodes = { blocked: 6, different: 7, undetermined: 8, needsPerson: 9 } as const;

/** An exit code. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
