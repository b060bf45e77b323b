/** Classifies errors of a merge by their meaning for the merged record. */
import { messageOf } from '../../../pipeline/errors.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { Refusal } from '../../contract.ts';
import { diagnose } from '../errors.ts';
import { isOfValue, wordsOf } from '../value-errors.ts';

/** Conflicts between two rows: unique_violation, and exclusion_violation of an EXCLUDE constraint. */
const collisions: ReadonlySet<string> = new Set(['23505', '23P01']);

/** SQLSTATE class "syntax error or access rule violation": the tables do not match the statement. */
const definitions = /^42/;

/** Whether the database refused a row because of another one. */
export const isCollision = (error: unknown): boolean => collisions.has((error as { code?: string }).code ?? '');

/** Why the server refused a record; undefined if no record caused the error. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { reaction, code } = diagnose(error);
  if (reaction === 'park' || isOfValue(error)) {
    return { kind: isCollision(error) ? 'collision' : 'value', rejection: rejectionOf(error) };
  }
  return definitions.test(code) ? { kind: 'definition', rejection: rejectionOf(error) } : undefined;
}

/** The server's message, with SQLSTATE and constraint, but without its `detail`, which quotes the row. */
function rejectionOf(error: unknown): Rejection {
  const { code, constraint, column } = error as { code?: string; constraint?: string; column?: string };
  const where = constraint === undefined ? '' : ` (constraint ${constraint})`;
  return new Rejection('refused_by_database', `${wordsOf(messageOf(error))}${where}, SQLSTATE ${code}`, column);
}
