/** Held tables. They are stored with the checkpoints, for `status` and for later processes. */
import type pg from 'pg';
import type { Claim } from '../../../pipeline/batch.ts';
import { adviceFor, type Misfit } from '../../../pipeline/misfit.ts';
import type { HeldTable } from '../../bookkeeping.ts';

const update = `
  update sluice.checkpoint c
  set held_since = case when c.held_offset = c.next_offset then c.held_since else clock_timestamp() end,
      held_offset = c.next_offset, held_tried_at = clock_timestamp(),
      held_table = h.table_name, held_reason = h.reason, held_statements = h.statements
  from unnest($2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[])
    as h(topic, partition, epoch, table_name, reason, statements)
  where c.pipeline = $1 and c.topic = h.topic and c.partition = h.partition and c.owner_epoch = h.epoch`;

/** Stores that the next record of these claims does not fit the definition of its table. */
export async function noteHeld(client: pg.Client, pipeline: string, held: ReadonlyMap<Claim, Misfit>): Promise<void> {
  const [claims, misfits] = [[...held.keys()], [...held.values()]];
  await client.query(update, [
    pipeline,
    claims.map(({ topic }) => topic),
    claims.map(({ partition }) => partition),
    claims.map(({ epoch }) => epoch),
    misfits.map(({ table }) => table),
    misfits.map(({ reason }) => reason),
    misfits.map(adviceFor),
  ]);
}

/** The tables that are held now, in the order of their names. */
export async function readHeldTables(client: pg.Client, pipeline: string): Promise<readonly HeldTable[]> {
  const { rows } = await client.query<HeldTable>(
    `select topic, partition, table_name as "table", since, tried_at as "triedAt", reason, statements
     from sluice.held_table where pipeline = $1 order by table_name, topic, partition`,
    [pipeline],
  );
  return rows;
}
