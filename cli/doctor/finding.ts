/** The result of a check of the doctor: one sentence, and for a fault how to fix it. */

/** `fault`: Sluice does not work until it is fixed. `note`: harmless, but worth knowing. */
export type Verdict = 'ok' | 'note' | 'fault';

/** The result of one check. */
export type Finding = {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** A command, or a step where no command exists. A fault always has one. */
  readonly fix?: string;
};

export const ok = (check: string, sentence: string): Finding => ({ check, verdict: 'ok', sentence });

export const note = (check: string, sentence: string, fix?: string): Finding => ({
  check,
  verdict: 'note',
  sentence,
  ...(fix === undefined ? {} : { fix }),
});

export const fault = (check: string, sentence: string, fix: string): Finding => ({
  check,
  verdict: 'fault',
  sentence,
  fix,
});

/** Returns a fault if `wrong`, else a note. */
export const faultIf = (wrong: boolean, check: string, sentence: string, fix: string): Finding =>
  wrong ? fault(check, sentence, fix) : note(check, sentence, fix);
