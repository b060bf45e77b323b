/** Findings of the source checks. A finding refuses the connector unless the user accepts its risk. */
import { PipelineError } from '../../../../pipeline/errors.ts';

/** Checks that `--accept` may overrule. The connector can then be created, but the copy may differ. */
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

/** The stable name of a check, which is also its error code. */
export type Check = (typeof acceptableChecks)[number];

/** A reason why the copy would differ from the source, and its fix. */
export type Finding = {
  readonly check: Check;
  /** Names the table, and the column and number of rows if there are any. */
  readonly what: string;
  /** Statements or other instructions. */
  readonly fix: string;
  /** `schema.table.column` if one column is at fault. The finding does not matter if that column is excluded. */
  readonly column?: string;
};

/**
 * Returns the findings if all their checks are accepted. Otherwise throws a `PipelineError` that names the refused ones,
 * with the code of the first.
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
