/**
 * Errors of a merge that a value causes, although the class of their SQLSTATE blames the tables (42) or the statement (54).
 * They park their record. Real errors of the tables stop the pipeline.
 */

/** Fields of a PostgreSQL error. */
type ErrorFields = { readonly code?: string; readonly position?: string; readonly where?: string };

/**
 * SQLSTATEs outside class 22 that input functions of types raise:
 * - 42601: hstore, ltree's queries, tsquery, jsonpath: their syntax;
 * - 42602, 42704, 42725, 42883, 42P01, 3F000: regclass and similar types, for a name of a missing object;
 * - 54001: nested values, such as json, deeper than max_stack_depth.
 */
const ofInput: ReadonlySet<string> = new Set(['42601', '42602', '42704', '42725', '42883', '42P01', '3F000', '54001']);

/** No context, or only that of COPY. */
const ofCopy = /^(?:COPY .*)?$/;

/**
 * True for an error that a value causes. The server reports a position for a fault of the statement, and a context for an
 * error in a user's function, such as that of a trigger or a CHECK. COPY adds one line to the context, with the row's number.
 */
export function isOfValue(error: unknown): boolean {
  const { code, position, where } = error as ErrorFields;
  return code !== undefined && ofInput.has(code) && position === undefined && ofCopy.test(where ?? '');
}

/** A sentence that `exactly` in catalogue/lossy.ts raises by a cast to boolean. */
const raised = /^[^"«»„“]*["«»„“](.+ does not fit .+ without loss)/s;

/** The server's message, or only the sentence that `exactly` has raised. */
export const wordsOf = (message: string): string => raised.exec(message)?.[1] ?? message;
