/**
 * Expires the guard rows of deleted keys (rule 12). A guard row expires when no older event of its key can arrive: the DELETE
 * event has left the topic, and there is no dead letter with this key, which could be replayed. An older event that still
 * arrives is below the horizon, which is the highest expired position, and is parked instead of applied.
 */
import type pg from 'pg';
import type { ExpiredGuards, LogStart, TopicStarts } from '../../contract.ts';
import { guardTable } from './guard-table.ts';

/** Guard rows deleted in one statement. */
const batchSize = 10_000;

/** Most statements of one call. The next call continues. */
const batches = 20;

/** Guard rows younger than this stay: a transaction that began before the delete may still run. */
const youngest = '1 hour';

/** Takes the turn of this hour: only one process expires the guard rows of a table. */
const takeTurn = `
  update sluice.target set expired_at = clock_timestamp()
  where table_name = $1 and deletes = 'hard'
    and (expired_at is null or expired_at < clock_timestamp() - interval '1 hour')`;

/** Whether any guard row may expire. Checked first, because finding the newest position reads all existing keys. */
const anyLeft = (guard: string): string => `
  select exists (
    select from unnest($2::integer[], $3::bigint[]) as l(partition, low)
    join ${guard} g on g.sluice_topic = $1 and g.sluice_partition = l.partition and g.sluice_offset < l.low
    where g.sluice_deleted) as any`;

/** Tables with guard rows that a topic feeds. */
async function guardedTables(client: pg.Client, topic: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from sluice.target where topic = $1 and deletes = 'hard' order by 1`,
    [topic],
  );
  return rows.map(({ name }) => name);
}

/**
 * About the newest position of existing rows. Guard rows above it stay: a delete with a position in the future would become a
 * horizon above all new events. Skips the highest 1%, at most 100 rows, in case an insert has such a position.
 */
const newestLiving = (guard: string): string => `
  select sluice_generation as generation, sluice_major as major, sluice_minor as minor from ${guard}
  where not sluice_deleted order by 1 desc, 2 desc, 3 desc
  offset (select least(100, count(*) / 100) from ${guard} where not sluice_deleted) limit 1`;

type At = { readonly generation: number; readonly major: string; readonly minor: string };

/**
 * A dead letter without a key may be of any key, so it keeps all guard rows. Rows locked by a merge are left for the next
 * call. Tables ordered by offset get no horizon: offsets of different partitions cannot be compared, and of the records below
 * the low watermark only dead letters can be read again.
 */
const expire = (guard: string): string => `
  with gone as (
    delete from ${guard} where ctid = any (array(
      select g.ctid from ${guard} g
      join unnest($3::integer[], $4::bigint[]) as l(partition, low)
        on g.sluice_topic = $2 and g.sluice_partition = l.partition and g.sluice_offset < l.low
      where ($5::integer is null
          or (g.sluice_generation, g.sluice_major, g.sluice_minor) <= ($5, $6::bigint, $7::bigint))
        and g.sluice_deleted and g.sluice_deleted_at < clock_timestamp() - interval '${youngest}'
        and not exists (select from sluice.dead_letter d where d.topic = $2 and d.key is null)
        and not exists (select from sluice.dead_letter d where d.topic = $2 and d.key = g.sluice_record_key)
      limit ${batchSize} for update of g skip locked))
    returning sluice_generation as generation, sluice_major as major, sluice_minor as minor
  ), highest as (
    select * from gone order by generation desc, major desc, minor desc limit 1
  ), raised as (
    update sluice.target t
    set horizon_generation = h.generation, horizon_major = h.major, horizon_minor = h.minor
    from highest h
    where t.table_name = $1 and t.order_by <> 'offset' and (t.horizon_generation is null
      or (t.horizon_generation, t.horizon_major, t.horizon_minor) < (h.generation, h.major, h.minor))
  )
  select count(*)::integer as count from gone`;

/**
 * Deletes the guard rows of deleted keys whose deleting events have left `topic`, at most once an hour across all processes,
 * and at most 200,000 per call. Returns how many. Call it outside of a transaction: each batch is one.
 */
export async function expireGuards(
  client: pg.Client,
  table: string,
  topic: string,
  lows: readonly LogStart[],
): Promise<number> {
  const { rows: there } = await client.query('select to_regclass($1) is not null as there', [guardTable(table)]);
  if (!there[0]?.there) return 0;
  const { rowCount } = await client.query(takeTurn, [table]);
  if (rowCount === 0) return 0;
  const partitions = lows.map(({ partition }) => partition);
  const starts = lows.map(({ low }) => low);
  const { rows: gone } = await client.query<{ any: boolean }>(anyLeft(guardTable(table)), [topic, partitions, starts]);
  if (!gone[0]?.any) return 0;
  const { rows: living } = await client.query<At>(newestLiving(guardTable(table)));
  const { generation = null, major = null, minor = null } = living[0] ?? {};
  const values = [table, topic, partitions, starts, generation, major, minor];
  let expired = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const { rows } = await client.query<{ count: number }>(expire(guardTable(table)), values);
    const count = rows[0]?.count ?? 0;
    expired += count;
    if (count < batchSize) break;
  }
  return expired;
}

/** Expires the guard rows of all tables that these topics feed. Answers the tables with expired rows. */
export async function expireAllGuards(
  client: pg.Client,
  topics: readonly TopicStarts[],
): Promise<readonly ExpiredGuards[]> {
  const found: ExpiredGuards[] = [];
  for (const { topic, starts } of topics)
    for (const table of await guardedTables(client, topic))
      found.push({ table, expired: await expireGuards(client, table, topic, starts) });
  return found.filter(({ expired }) => expired > 0);
}
