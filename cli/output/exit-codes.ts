/** The exit codes of every verb; they state the result (promise 9). docs/reference/exit-codes.md explains each of them. */
import type { FailureKind } from '../../pipeline/error-codes.ts';

/** Exit codes by name. A stop by a signal exits with 128 plus the number of the signal. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  counters: 3,
  unreachable: 4,
  stalled: 5,
  blocked: 6,
} as const satisfies {
  readonly [kind in FailureKind | 'done' | 'blocked']: number;
};

/** Exit codes reserved for the migrator, by name. No verb uses them yet. */
export const migrationExitCodes = { different: 7, undetermined: 8, needsPerson: 9 } as const;

/** An exit code. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
