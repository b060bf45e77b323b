/** What a check of the source finds, and what becomes of it: it is refused, or a person has accepted the risk. */
import { PipelineError } from '../../../../pipeline/errors.ts';

/** Checks that a person may overrule with `--accept`: the connector can be made, but the copy may end up unequal. */
export const acceptableChecks = [
  'array_elements',
  'array_shape',
  'bit_varying',
  'column_not_sent',
  'columns_differ_in_case',
  'dates_out_of_range',
  'enum_without_labels',
  'generated_identity',
  'generated_key',
  'identity_other_index',
  'identity_without_key',
  'infinite_interval',
  'no_replica_identity',
  'publication_columns',
  'publication_operations',
  'publication_row_filter',
  'row_security',
  'timetz_zone',
  'type_named_as_builtin',
] as const;

/** The stable name of a check; it is the code of its refusal, too. */
export type Check = (typeof acceptableChecks)[number];

/** Why the copy of a source would not be equal, and what prevents it. */
export type Finding = {
  readonly check: Check;
  /** Names the table, the column and the number of rows where there are such. */
  readonly what: string;
  /** Statements, or what else to do. */
  readonly fix: string;
  /** `schema.table.column` where one column is at fault: one that is not captured may be as it likes. */
  readonly column?: string;
};

/**
 * Answers the findings whose checks are accepted. Throws a PipelineError that names all others, with the code of the
 * first of them.
 */
export function acceptOrRefuse(findings: readonly Finding[], accepted: readonly Check[]): readonly Finding[] {
  const refused = findings.filter(({ check }) => !accepted.includes(check));
  const [first, ...others] = refused;
  if (first === undefined) return findings;
  const more = others.map(({ check, what, fix }) => `also: ${what} [${check}]\n    ${fix}`);
  const names = [...new Set(refused.map(({ check }) => check))].join(',');
  throw new PipelineError(first.check, first.what, {
    advice: [first.fix, ...more, `To create it all the same, with an unequal copy as the risk: --accept ${names}`].join(
      '\n  ',
    ),
  });
}
