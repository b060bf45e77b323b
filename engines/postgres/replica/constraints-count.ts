/** How many constraints of a replica are off for the time being. */
import type pg from 'pg';

/** What a pipeline has taken off and not put back yet. */
export type ConstraintsOff = { readonly foreignKeys: number; readonly triggers: number };

const query = `
  select count(*) filter (where kind = 'foreign key')::integer as "foreignKeys",
    count(*) filter (where kind = 'trigger')::integer as triggers
  from sluice.constraint where pipeline = $1`;

/** Counts them. None when the schema is not there yet. */
export async function countConstraintsOff(client: pg.Client, pipeline: string): Promise<ConstraintsOff> {
  const none = { foreignKeys: 0, triggers: 0 };
  const { rows: found } = await client.query(`select to_regclass('sluice.constraint') is not null as there`);
  if (!found[0]?.there) return none;
  const { rows } = await client.query<ConstraintsOff>(query, [pipeline]);
  return rows[0] ?? none;
}
