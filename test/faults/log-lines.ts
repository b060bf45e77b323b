/** Reads what a command logs with `--log-format json`. */
import type { Running } from '../sluice.ts';

/** What tests look at in a line. */
export type LogLine = {
  readonly msg: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly [field: string]: unknown;
};

/** The whole lines said so far. */
export const linesOf = (running: Pick<Running, 'said'>): readonly LogLine[] =>
  running
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
