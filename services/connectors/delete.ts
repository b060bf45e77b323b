/** Deletes a connector, and on demand drops its slot and publication at the source. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectClient } from '../../adapters/kafka-connect/client.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { deleteReadingConnector } from './read-beside.ts';

/** Longest time until a deleted connector releases its slot. */
const releaseLimitMs = 30_000;

/** The slot and the publication of a connector. */
export type LeftAtSource = { readonly slot: string; readonly publication: string };

/**
 * Deletes a connector. A later connector of the same name continues from its offsets, unless the slot is to be dropped.
 * Returns the slot and the publication that remain at the source.
 */
export async function deleteConnector(
  connect: ConnectClient,
  name: string,
  { dropsSlot }: { readonly dropsSlot: boolean },
): Promise<LeftAtSource> {
  const config = await connect.config(name);
  await deleteReadingConnector(connect, name);
  // A new slot starts at the present position, so the next connector needs a new snapshot.
  if (dropsSlot) await connect.forgetOffsets(name);
  await connect.delete(name);
  return {
    slot: config?.['slot.name'] ?? 'debezium_slot',
    publication: config?.['publication.name'] ?? 'dbz_publication',
  };
}

/** Drops the slot once it has no reader, and the publication. Throws `slot_taken` after 30 s. */
export async function dropFromSource(
  source: Database,
  connect: ConnectClient,
  { slot, publication }: LeftAtSource,
  say: Say,
): Promise<void> {
  const client = await reachDatabase(source, 'connector', say);
  try {
    await drop(client, connect, slot, publication);
  } finally {
    await client.end();
  }
}

async function drop(client: pg.Client, connect: ConnectClient, slot: string, publication: string): Promise<void> {
  const until = Date.now() + releaseLimitMs;
  for (;;) {
    const { rows } = await client.query<{ active: boolean }>(
      'select active from pg_replication_slots where slot_name = $1',
      [slot],
    );
    if (rows[0] === undefined) break;
    if (!rows[0].active) {
      await client.query('select pg_drop_replication_slot($1)', [slot]);
      break;
    }
    if (Date.now() >= until) {
      throw new PipelineError('slot_taken', `the slot ${slot} is still being read after ${releaseLimitMs / 1000} s`, {
        advice: `Once it has no reader: SELECT pg_drop_replication_slot('${slot}');`,
        details: { connectUrl: String(connect.url) },
      });
    }
    await sleep(200);
  }
  await client.query(`drop publication if exists ${client.escapeIdentifier(publication)}`);
}
