/**
 * The pipeline with one of its mechanisms removed. A mechanism that no test needs protects nothing, so each one is removed
 * in turn and a fault test must fail.
 */

import { incomingPosition } from '../../engines/postgres/apply/sql/incoming.ts';
import type { MergeStatement } from '../../engines/postgres/apply/staged-merge.ts';
import { advanceCheckpoints } from '../../engines/postgres/checkpoint/sql/advance.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { mergeByGuardTable } from '../../engines/postgres/guards/guard-merge.ts';
import { Window } from '../../pipeline/window.ts';
import type { TableShape } from '../../schemas/table-shape.ts';
import { usersEnriched } from '../../schemas/users-enriched.ts';
import type { EnrichmentParts } from '../../services/enrich/pipeline.ts';

/** The mechanisms that can be removed. */
export const mechanisms = ['fencing', 'guard', 'checkpoint in the transaction', 'credit window'] as const;

/** A mechanism that can be removed. */
export type Mechanism = (typeof mechanisms)[number];

/** The parts of the pipeline that replace a mechanism and protect nothing. */
export function without(mechanism: Mechanism, database: Database): NonNullable<EnrichmentParts['replaced']> {
  switch (mechanism) {
    case 'fencing':
      return { sink: { advance: advanceUnconditionally } };
    case 'guard':
      return { merge: unguardedMerge(usersEnriched) };
    case 'checkpoint in the transaction':
      // In a session of its own the checkpoint is durable before the rows are.
      return {
        sink: {
          advance: (_, pipeline, progress) =>
            withConnection(database, 'apart', (client) => advanceCheckpoints(client, pipeline, progress)),
        },
      };
    case 'credit window':
      return { window: new Window(Number.MAX_SAFE_INTEGER) };
  }
}

/** Advances checkpoints without checking owner and position. */
const advanceUnconditionally: typeof advanceCheckpoints = async (client, pipeline, progress) => {
  for (const { claim, to, counts } of progress) {
    await client.query(
      `update sluice.checkpoint
       set next_offset = $4, read = read + $5, applied = applied + $6, superseded = superseded + $7,
           filtered = filtered + $8, parked = parked + $9, committed_at = clock_timestamp()
       where pipeline = $1 and topic = $2 and partition = $3`,
      [
        pipeline,
        claim.topic,
        claim.partition,
        to,
        counts.read,
        counts.applied,
        counts.superseded,
        counts.filtered,
        counts.parked,
      ],
    );
  }
  return [];
};

/** The last event to arrive wins, regardless of its position. */
export const unguardedMerge = (table: TableShape): MergeStatement =>
  table.guard.kind === 'table' ? withoutComparing(table) : lastToArrive(table);

/** The merge by guard table without its two comparisons of positions. */
function withoutComparing(table: TableShape): MergeStatement {
  const merge = mergeByGuardTable(table);
  const comparisons = [
    [/where \(g\.sluice_major is null or \(g\.[^)]*\) < \(w\.[^)]*\)\)\s+and/, 'where'],
    [/ where \(g\.[^)]*\) < \(excluded\.[^)]*\)/, ''],
  ] as const;
  return (first, last) =>
    comparisons.reduce(
      (sql, [comparison, instead]) => {
        if (!comparison.test(sql)) throw new Error(`the merge does not compare as expected: ${comparison}`);
        return sql.replace(comparison, instead);
      },
      merge(first, last),
    );
}

function lastToArrive({ name, columns, key, mergedAt, guard }: TableShape): MergeStatement {
  const keys = key.join(', ');
  const cells = columns.map((column) => column.name);
  const shown = guard.columns ?? [];
  const merged = mergedAt === undefined ? [] : [mergedAt];
  const written = [...cells, ...shown, ...merged];
  const values = [...cells, ...(guard.columns ? incomingPosition : []), ...merged.map(() => 'statement_timestamp()')];
  const assignments = written.map((column) => `${column} = excluded.${column}`).join(', ');
  return (first, last) => `
    with winner as (
      select distinct on (${keys}) * from incoming where sluice_ordinal between ${first} and ${last}
      order by ${keys}, sluice_ordinal desc
    ), merged as (
      insert into ${name} (${written.join(', ')}) select ${values.join(', ')} from winner order by ${keys}
      on conflict (${keys}) do update set ${assignments} returning ${keys}
    )
    select sluice_batch as batch, count(*)::integer as applied from winner group by sluice_batch`;
}
