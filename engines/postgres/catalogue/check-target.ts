/** Whether the target's relation with a table's name can be written as a table. */
import { PipelineError } from '../../../pipeline/errors.ts';
import { quoted } from '../identifiers.ts';
import type { CatalogueTable, RelationKind } from './table.ts';

const others: { readonly [kind in Exclude<RelationKind, 'r' | 'p'>]: string } = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

const leaveOut = 'or leave the table out, or rename it, with the transforms.';

/** PostgreSQL allows 1,600 columns in a relation. The staging table has some of its own. */
const maxColumns = 1_580;

/**
 * Throws a `PipelineError` for a relation that is not a table; for a partition, because its root receives the changes;
 * for a table with rewrite rules, which alter what is written (rule 21); and for a table with too many columns.
 */
export function checkTarget({ qualified, relkind, partitionOf, rules, columns }: CatalogueTable): void {
  if (relkind !== 'r' && relkind !== 'p') {
    throw new PipelineError('target_is_no_table', `${qualified} is ${others[relkind]} in the target`, {
      advice: `Give it another name there, so that a table can be created, ${leaveOut}`,
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
  if (columns.length > maxColumns) {
    throw new PipelineError(
      'too_many_columns',
      `${qualified} has ${columns.length} columns, of at most ${maxColumns}`,
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
