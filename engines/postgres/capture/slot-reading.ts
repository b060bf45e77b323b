/**
 * Whether a connector reads its slot. A task that retries the same fault stays RUNNING. It takes and releases its slot
 * every ten seconds (`retriable.restart.connector.wait.ms`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** The time that one process has to read a slot to count as steady. */
const steadyMs = 1_500;

/** The longest wait for a steady reader: a task takes a few seconds to start. */
const limitMs = 7_500;

const betweenLooksMs = 250;

type Look = { readonly pid: number | null; readonly isLost: boolean };

/** Why no changes arrive through the slot; undefined while a process reads it steadily. Takes 1.5 s, or up to 7.5 s. */
export async function slotReadingFault(client: pg.Client, slot: string): Promise<string | undefined> {
  const until = Date.now() + limitMs;
  let reader: number | null = null;
  let since = 0;
  for (;;) {
    const found = await look(client, slot);
    const now = Date.now();
    if (found === undefined) return `the source has no slot ${slot}: nothing is captured`;
    if (found.isLost) return `slot ${slot} is lost: its source has removed WAL that was not read`;
    if (found.pid !== reader) since = now;
    reader = found.pid;
    if (reader !== null && now - since >= steadyMs) return undefined;
    if (now >= until)
      return `nobody reads slot ${slot} of the source steadily: the connector retries the same fault, or cannot reach the source; its log shows the cause`;
    await sleep(betweenLooksMs);
  }
}

/** Whether a process reads the slot now. A connector does after its snapshot. */
export async function isSlotRead(client: pg.Client, slot: string): Promise<boolean> {
  return ((await look(client, slot))?.pid ?? null) !== null;
}

async function look(client: pg.Client, slot: string): Promise<Look | undefined> {
  const { rows } = await client.query<Look>(
    `select active_pid as pid, coalesce(wal_status = 'lost', false) as "isLost" from pg_replication_slots where slot_name = $1`,
    [slot],
  );
  return rows[0];
}
