/** What a check of the doctor answers: one sentence, and for what is wrong the way to mend it. */

/** `fault`: Sluice will not work so. `note`: worth knowing, harmless as it stands. */
export type Verdict = 'ok' | 'note' | 'fault';

/** The answer of one check. */
export type Finding = {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** A command, or a step where no command can do it. Always there for a fault. */
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

/** A fault where it stands in the way, a note where it does not. */
export const faultIf = (wrong: boolean, check: string, sentence: string, fix: string): Finding =>
  wrong ? fault(check, sentence, fix) : note(check, sentence, fix);
