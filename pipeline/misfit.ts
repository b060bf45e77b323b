/** A table of the target whose definition does not take a change that the definition at its source allows. */
/** What does not fit, and what makes it fit. */
export type Misfit = {
  /** The table in the target, with its schema. */
  readonly table: string;
  /** What the table lacks or refuses, without its name: `it has no column vip`. */
  readonly reason: string;
  /** SQL to run at the target, in this order; empty where none is known. */
  readonly statements: readonly string[];
  /** What a person must know besides; null when there is nothing. */
  readonly note: string | null;
};

/** `public.t is defined differently from its source: it has no column vip`. */
export const describeMisfit = ({ table, reason }: Pick<Misfit, 'table' | 'reason'>): string =>
  `${table} is defined differently from its source: ${reason}`;

/** What to run, and what to know. */
export function adviceFor({ statements, note }: Pick<Misfit, 'statements' | 'note'>): string {
  const run = statements.length === 0 ? [] : [`Run at the target: ${statements.join(' ')}`];
  return [...run, ...(note === null ? [] : [note])].join('\n  ');
}
