/** What an error of a merge says about the record that was merged. */
import { messageOf } from '../../../pipeline/errors.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { Refusal } from '../../contract.ts';
import { diagnose } from '../errors.ts';
import { isOfValue, wordsOf } from '../value-errors.ts';

/** Two rows that may not exist at once: unique_violation, and exclusion_violation of an EXCLUDE constraint. */
const collisions: ReadonlySet<string> = new Set(['23505', '23P01']);

/** SQLSTATE class "syntax error or access rule violation": the tables are not what the statement expects. */
const definitions = /^42/;

/** Whether the database refused a row because of another one. */
export const isCollision = (error: unknown): boolean => collisions.has((error as { code?: string }).code ?? '');

/** What the error says about the record; undefined where no record caused it. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { reaction, code } = diagnose(error);
  if (reaction === 'park' || isOfValue(error)) {
    return { kind: isCollision(error) ? 'collision' : 'value', rejection: rejectionOf(error) };
  }
  return definitions.test(code) ? { kind: 'definition', rejection: rejectionOf(error) } : undefined;
}

/** The database's own words, with SQLSTATE and constraint; its `detail` is left out because it quotes the row. */
function rejectionOf(error: unknown): Rejection {
  const { code, constraint, column } = error as { code?: string; constraint?: string; column?: string };
  const where = constraint === undefined ? '' : ` (constraint ${constraint})`;
  return new Rejection('refused_by_database', `${wordsOf(messageOf(error))}${where}, SQLSTATE ${code}`, column);
}
