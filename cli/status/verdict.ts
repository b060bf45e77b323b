/** What a verdict means for the exit code. */
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

/** The exit code of a verdict. A pipeline that waits for its next start is no fault; one that cannot go on is. */
export const exitOf = (state: State): ExitCode => exits[state];
