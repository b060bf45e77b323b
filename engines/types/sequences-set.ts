/** What became of the sequences of a replica that got the values of their source. */

/** A sequence that was not set, why, and the statement that sets it. */
export type LeftSequence = { readonly sequence: string; readonly why: string; readonly statement: string };

/** How many sequences were set. */
export type SequencesSet = {
  /** `kept` sequences were at or beyond the value of the source already. */
  readonly set: number;
  readonly kept: number;
  readonly left: readonly LeftSequence[];
};
