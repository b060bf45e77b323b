/** What a plan does not carry exactly. */

/** A difference between the source's schema and the target's. */
export type Finding = {
  /** `block`: the plan is refused unless it is accepted. `warn`: something is lost or looser. `info`: another form, nothing lost. */
  readonly severity: 'block' | 'warn' | 'info';
  /** The object at the source: a table, a column, a constraint. */
  readonly object: string;
  /** What becomes of it. */
  readonly what: string;
  readonly why: string;
  /** A statement that helps, at the source or the target. */
  readonly statement?: string;
};

/** Takes findings while a plan is made. */
export type Report = (finding: Finding) => void;

const order: readonly Finding['severity'][] = ['block', 'warn', 'info'];

/** The most severe first, then by object. */
export const bySeverity = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort(
    (one, other) =>
      order.indexOf(one.severity) - order.indexOf(other.severity) ||
      (one.object < other.object ? -1 : one.object > other.object ? 1 : 0),
  );
