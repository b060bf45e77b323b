/** What a verdict means for the exit code, and what `status` says of dead letters. */
import type { DeadLetterSummary, ParkedShare } from '../../engines/postgres/dead-letters/dead-letter-summary.ts';
import type { State } from '../../services/status/health.ts';
import { describeDeadLetters } from '../../services/status/parked.ts';
import { type DeadLetterQuery, deadLetterCommand } from '../dead-letter-query.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

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

/** Dead letters, and how much of what came last they are. */
export type Parked = { readonly summary: DeadLetterSummary; readonly shares: readonly ParkedShare[] };

/** Before anything was read. */
export const nothingParked: Parked = { summary: { records: 0, letters: 0, more: false, reasons: [] }, shares: [] };

/** What is parked and why, and the command that shows it; null when nothing is. */
export function parkedRemark({ summary }: Parked, query: DeadLetterQuery): string | null {
  const said = describeDeadLetters(summary);
  return said === null ? null : `${said}\n  ${deadLetterCommand(query)}`;
}
