/**
 * The WAL that a replication slot retains at its source, until a reader confirms it or the disk is full. Its growth and the
 * free space say more than its size.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';

/** A slot and the WAL of its server. */
export type SlotFacts = {
  readonly slot: string;
  /** Whether a process reads it. */
  readonly active: boolean;
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  readonly walStatus: string | null;
  /** WAL that its reader has not confirmed. */
  readonly behindBytes: number | null;
  /** WAL that the server keeps for it; null for a lost slot. */
  readonly retainedBytes: number | null;
  /** WAL until the slot may be lost; null if `max_slot_wal_keep_size` sets no limit. */
  readonly safeBytes: number | null;
  /** The source's WAL rate, measured over one second. */
  readonly walBytesPerSecond: number;
  /** Free space on the disk of the WAL; null when it is unknown. */
  readonly diskFreeBytes: number | null;
  /** Why the free space is unknown. */
  readonly diskUnknown: string | null;
};

/** The time over which the WAL rate is measured. */
const rateIntervalMs = 1_000;

const query = `
  select s.active, s.wal_status, s.safe_wal_size, w.lsn::text, extract(epoch from clock_timestamp())::float8 as at,
    pg_wal_lsn_diff(w.lsn, s.confirmed_flush_lsn) as behind, pg_wal_lsn_diff(w.lsn, s.restart_lsn) as retained
  from pg_replication_slots s,
    (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as lsn) w
  where s.slot_name = $1`;

const rateSince = `
  select pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, $1::pg_lsn)
    / (extract(epoch from clock_timestamp()) - $2::float8)::numeric as rate`;

/** Reads a slot; undefined when it does not exist. Takes a second, for the WAL rate. */
export async function readSlot(client: pg.Client, slot: string): Promise<SlotFacts | undefined> {
  const { rows } = await client.query(query, [slot]);
  const [row] = rows;
  if (row === undefined) return undefined;
  await sleep(rateIntervalMs);
  const later = await client.query<{ rate: string }>(rateSince, [row.lsn, row.at]);
  return {
    slot,
    active: row.active,
    walStatus: row.wal_status,
    behindBytes: number(row.behind),
    retainedBytes: number(row.retained),
    safeBytes: number(row.safe_wal_size),
    walBytesPerSecond: Math.max(0, Math.round(Number(later.rows[0]?.rate))),
    ...(await readDisk(client)),
  };
}

/**
 * PostgreSQL has no function for free disk space. Members of pg_execute_server_program can run `df` on the server, whose
 * working directory contains `pg_wal` or a link to it. The transaction is rolled back, so nothing remains.
 */
async function readDisk(client: pg.Client): Promise<Pick<SlotFacts, 'diskFreeBytes' | 'diskUnknown'>> {
  const unknown = (diskUnknown: string) => ({ diskFreeBytes: null, diskUnknown });
  const may = `select pg_has_role('pg_execute_server_program', 'usage') and not pg_is_in_recovery() as may`;
  if (!(await client.query<{ may: boolean }>(may)).rows[0]?.may) {
    return unknown('only a member of pg_execute_server_program can ask for the free disk');
  }
  await client.query('begin');
  try {
    await client.query('create temporary table sluice_df (line text) on commit drop');
    await client.query(`copy sluice_df from program 'df -Pk pg_wal'`);
    const { rows } = await client.query<{ line: string }>('select line from sluice_df');
    const free = freeOf(rows.map(({ line }) => line));
    return free === undefined ? unknown('df says something unexpected') : { diskFreeBytes: free, diskUnknown: null };
  } catch (error) {
    return unknown(messageOf(error));
  } finally {
    await client.query('rollback');
  }
}

/** Parses the POSIX output of `df -Pk`. The fourth column has the free KiB; the first column may contain blanks. */
function freeOf(lines: readonly string[]): number | undefined {
  const [, kibibytes] = /\s\d+\s+\d+\s+(\d+)\s+\d+%\s/.exec(lines.at(-1) ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

const number = (value: string | null): number | null => (value === null ? null : Number(value));
