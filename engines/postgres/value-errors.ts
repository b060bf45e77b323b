/**
 * Errors of a merge that a value causes although their SQLSTATE is of a class that speaks of the tables (42) or of the
 * statement (54). They are about one record, and park it; errors of the tables are not the records' fault and stop.
 */

/** What PostgreSQL says of an error beside its message. */
type Said = { readonly code?: string; readonly position?: string; readonly where?: string };

/**
 * What the input functions of types raise, beside class 22:
 * - 42601: hstore, ltree's queries, tsquery, jsonpath: their syntax;
 * - 42602, 42704, 42725, 42883, 42P01, 3F000: regclass and its kin, which name an object that is not there;
 * - 54001: values within values, deeper than max_stack_depth, such as of json.
 */
const ofInput: ReadonlySet<string> = new Set(['42601', '42602', '42704', '42725', '42883', '42P01', '3F000', '54001']);

/**
 * True for an error of the value that is read or written. Where the statement itself is at fault the server names a
 * position in it, and where a function that somebody made, of a trigger or a CHECK, it names that.
 */
export function isOfValue(error: unknown): boolean {
  const { code, position, where } = error as Said;
  return code !== undefined && ofInput.has(code) && position === undefined && (where ?? '') === '';
}

/** A sentence that is raised by reading it as a boolean, see `exactly` in catalogue/lossy.ts. */
const raised = /^[^"«»„“]*["«»„“](.+ does not fit .+ without loss)/s;

/** The database's words; of a sentence that was raised, the sentence alone. */
export const wordsOf = (message: string): string => raised.exec(message)?.[1] ?? message;
