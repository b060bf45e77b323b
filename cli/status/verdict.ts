/** The exit codes of verdicts. */
import type { State } from '../../services/status/health.ts';
import { type ExitCode, exitCodes } from '../output/exit-codes.ts';

const exits: Readonly<Record<State, ExitCode>> = {
  healthy: exitCodes.done,
  idle: exitCodes.done,
  behind: exitCodes.done,
  parked: exitCodes.counters,
  held: exitCodes.stalled,
  incomplete: exitCodes.stalled,
  disconnected: exitCodes.stalled,
  stalled: exitCodes.stalled,
};

/** Returns the exit code of a verdict. A stopped pipeline is not a fault; one that cannot continue is. */
export const exitCodeOf = (state: State): ExitCode => exits[state];
