/** A target table whose definition does not accept a change of its source, and the SQL that fixes it. */
export type Misfit = {
  /** The table in the target, with its schema. */
  readonly table: string;
  /** What the table lacks or refuses, without its name, such as `it has no column vip`. */
  readonly reason: string;
  /** SQL to run at the target, in this order; empty if none is known. */
  readonly statements: readonly string[];
  /** An additional hint; null if there is none. */
  readonly note: string | null;
};

/** Returns `public.t is defined differently from its source: it has no column vip`. */
export const describeMisfit = ({ table, reason }: Pick<Misfit, 'table' | 'reason'>): string =>
  `${table} is defined differently from its source: ${reason}`;

/** Returns the SQL to run, and the hint. */
export function adviceFor({ statements, note }: Pick<Misfit, 'statements' | 'note'>): string {
  const run = statements.length === 0 ? [] : [`Run at the target: ${statements.join(' ')}`];
  return [...run, ...(note === null ? [] : [note])].join('\n  ');
}
