/** Parts of log lines that say what to do next. Each user interface names its own commands or buttons. */
import type { StartIgnoredEvent } from './events.ts';

/** The texts of one user interface, such as the command line. A text that continues a sentence begins with `; ` or `: `. */
export type Words = {
  /** Follows the record counts: how to list the records parked since this time; all of them if undefined. */
  readonly showParked: (since: string | undefined) => string;
  /** Follows an added or changed column: how to compute it for existing rows. */
  readonly backfill: (column: string) => string;
  /** Follows a removed function: how to drop its column. */
  readonly dropColumn: (column: string) => string;
  /** Says that the requested start has no effect, and how to move the position. */
  readonly startIgnored: (event: StartIgnoredEvent, positions: string) => string;
  /** Follows a count of rows that the source does not have: how to remove them. */
  readonly removeUnseen: string;
  /** How to name the source. */
  readonly nameSource: string;
  /** How to name Kafka Connect. */
  readonly nameConnect: string;
  /** What to do when sequences are not set. */
  readonly setSequences: string;
};

/** Words that name no command. */
export const neutralWords: Words = {
  showParked: () => '',
  backfill: () => '',
  dropColumn: () => '',
  startIgnored: ({ pipeline }, positions) =>
    positions === ''
      ? 'the start is ignored: a file is always read from its start'
      : `the start is ignored: pipeline ${pipeline} has a checkpoint at ${positions}`,
  removeUnseen: '',
  nameSource: 'no source is named',
  nameConnect: 'no Kafka Connect is named',
  setSequences: 'run these statements before anything else writes there',
};
