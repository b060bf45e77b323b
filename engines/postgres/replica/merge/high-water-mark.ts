/** Stores the high-water mark of a table without a key (rule 24). */
import type pg from 'pg';
import type { HighWaterMark } from '../../../sink/replica/steps.ts';
import type { TargetTable } from '../tables/target-table.ts';

/** Reads the mark of a table and locks it. */
export async function readHighWaterMark(client: pg.Client, { name }: TargetTable): Promise<HighWaterMark | null> {
  const { rows } = await client.query(
    `select high_generation, high_major, high_minor, high_count, high_seen
     from sluice.target where table_name = $1 for update`,
    [name],
  );
  const [row] = rows;
  if (!row || row.high_major === null) return null;
  const { high_generation, high_major, high_minor, high_count: count, high_seen: seen } = row;
  return { place: [BigInt(high_generation), BigInt(high_major), BigInt(high_minor)], count, seen };
}

/** Stores the mark, in the transaction that applies the events. */
export async function writeHighWaterMark(
  client: pg.Client,
  { name }: TargetTable,
  { place, count, seen }: HighWaterMark,
): Promise<void> {
  await client.query(
    `update sluice.target set high_generation = $2, high_major = $3, high_minor = $4,
       high_count = $5, high_seen = $6
     where table_name = $1`,
    [name, ...place, count, seen],
  );
}
