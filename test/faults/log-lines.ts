/** Parses the output of a command with `--log-format json`. */
import type { Running } from '../sluice.ts';

/** The fields of a line that tests read. */
export type LogLine = {
  readonly msg: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly [field: string]: unknown;
};

/** The complete lines so far. */
export const linesOf = (running: Pick<Running, 'said'>): readonly LogLine[] =>
  running
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
