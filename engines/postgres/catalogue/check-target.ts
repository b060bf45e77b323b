/** Whether what stands in the target under the name of a table can be written as one. */
import { PipelineError } from '../../../pipeline/errors.ts';
import { quoted } from '../identifiers.ts';
import type { CatalogueTable, RelationKind } from './table.ts';

const others: { readonly [kind in Exclude<RelationKind, 'r' | 'p'>]: string } = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

const leaveOut = 'or leave the table out, or rename it, with the transforms.';

/** PostgreSQL allows 1,600 columns in a relation, and the stage has some of its own. */
const mostColumns = 1_580;

/**
 * Throws a `PipelineError` for what is no table; for a partition, whose changes come by its root; for a table with
 * rules, which would write something else than was asked for (rule 21); and for one with too many columns.
 */
export function checkTarget({ qualified, relkind, partitionOf, rules, columns }: CatalogueTable): void {
  if (relkind !== 'r' && relkind !== 'p') {
    throw new PipelineError('target_is_no_table', `${qualified} is ${others[relkind]} in the target`, {
      advice: `Give it another name there, so that a table can be made, ${leaveOut}`,
    });
  }
  if (partitionOf !== null) {
    throw new PipelineError(
      'target_is_partition',
      `${qualified} is a partition of ${partitionOf.parent} in the target`,
      {
        advice: `Its rows are written by ${partitionOf.parent}. Capture that at the source (publish.via.partition.root=true), ${leaveOut}`,
      },
    );
  }
  if (columns.length > mostColumns) {
    throw new PipelineError(
      'too_many_columns',
      `${qualified} has ${columns.length} columns, of at most ${mostColumns}`,
      {
        advice: `A row is staged with columns of Sluice's own, and PostgreSQL allows 1,600 in all. Drop columns with the transforms, ${leaveOut}`,
      },
    );
  }
  if (rules.length > 0) {
    const drops = rules.map((rule) => `DROP RULE ${quoted(rule)} ON ${qualified};`);
    throw new PipelineError('target_has_rules', `${qualified} has rules in the target, which change what is written`, {
      advice: `Keep their definitions (pg_rules), and run: ${drops.join(' ')}`,
    });
  }
}
