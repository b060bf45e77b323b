/** Lists and removes the pipelines of a database. */
import type pg from 'pg';
import type { PipelineSummary } from '../../bookkeeping.ts';
import { inTransaction } from '../connection/connection.ts';

const list = `
  with checkpoint as (
    select pipeline, array_agg(distinct topic order by topic) as topics, sum(read)::float8 as read, sum(applied)::float8 as applied,
      sum(superseded)::float8 as superseded, sum(filtered)::float8 as filtered, sum(parked)::float8 as parked,
      max(committed_at) as committed_at
    from sluice.checkpoint group by 1
  ), letter as (select pipeline, count(*)::float8 as letters from sluice.dead_letter group by 1)
  select pipeline, coalesce(topics, '{}') as topics, read, applied, superseded, filtered, parked, committed_at,
    coalesce(letters, 0) as letters
  from checkpoint full join letter using (pipeline) order by pipeline`;

/** All pipelines by name; empty without the schema `sluice`. */
export async function listPipelines(client: pg.Client): Promise<PipelineSummary[]> {
  const { rows: found } = await client.query(`select to_regclass('sluice.checkpoint') is not null as there`);
  if (!found[0]?.there) return [];
  const { rows } = await client.query(list);
  return rows.map(({ pipeline, topics, read, applied, superseded, filtered, parked, committed_at, letters }) => ({
    pipeline,
    topics,
    counts: {
      read: read ?? 0,
      applied: applied ?? 0,
      superseded: superseded ?? 0,
      filtered: filtered ?? 0,
      parked: parked ?? 0,
    },
    deadLetters: letters,
    committedAt: committed_at,
  }));
}

/** The statements that restore constraints and triggers which a replica has removed. Only `sluice.constraint` has them. */
export async function constraintsOff(client: pg.Client, pipeline: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ table_name: string; name: string; kind: string; definition: string }>(
    `select table_name, quote_ident(name) as name, kind, definition from sluice.constraint c where pipeline = $1
     and not exists (select from sluice.constraint o where o.pipeline <> $1
       and (o.table_name, o.name, o.kind) = (c.table_name, c.name, c.kind)) order by 1, 2`,
    [pipeline],
  );
  return rows.map(({ table_name: table, name, kind, definition }) =>
    kind === 'trigger'
      ? `ALTER TABLE ${table} ENABLE TRIGGER ${name};`
      : `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition};`,
  );
}

/** Removes a pipeline's checkpoints, its stored constraints, and optionally its dead letters. Does not change tables. */
export async function removePipeline(client: pg.Client, pipeline: string, withDeadLetters: boolean): Promise<void> {
  await inTransaction(client, async () => {
    await client.query('delete from sluice.checkpoint where pipeline = $1', [pipeline]);
    await client.query('delete from sluice.constraint where pipeline = $1', [pipeline]);
    if (withDeadLetters) await client.query('delete from sluice.dead_letter where pipeline = $1', [pipeline]);
  });
}
