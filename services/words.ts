/** What the log says of things that a person can do, which each face does by commands or buttons of its own. */
import type { StartIgnoredEvent } from './events.ts';

/** How a face, such as a command line, names what a person can do there. A text begins with `; ` or `: ` where it goes on a sentence. */
export type Words = {
  /** After the account of parked records: how to see those since a moment, or all. */
  readonly showParked: (since: string | undefined) => string;
  /** After what happened to a column: how to compute it for the rows that are there. */
  readonly backfill: (column: string) => string;
  /** After a function that is gone: how to drop its column. */
  readonly dropColumn: (column: string) => string;
  /** What was asked for in vain, and how the position is moved. */
  readonly startIgnored: (event: StartIgnoredEvent, positions: string) => string;
  /** After rows that the source does not have: how to remove them. */
  readonly removeUnseen: string;
  /** How to name the source, or Kafka Connect, where nobody did. */
  readonly nameSource: string;
  readonly nameConnect: string;
  /** Why sequences are not set, and what to do. */
  readonly setSequences: string;
};

/** Words that name no command. */
export const neutralWords: Words = {
  showParked: () => '',
  backfill: () => '',
  dropColumn: () => '',
  startIgnored: ({ pipeline }, positions) =>
    positions === ''
      ? 'a file is read from its start, wherever it was to begin'
      : `the start is ignored: pipeline ${pipeline} has a checkpoint at ${positions}`,
  removeUnseen: '',
  nameSource: 'no source is named',
  nameConnect: 'no Kafka Connect is named',
  setSequences: 'run these statements before anything else writes there',
};
