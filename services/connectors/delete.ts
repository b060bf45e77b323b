/** Ends a connector, and on demand drops what it has left at its source. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectClient } from '../../adapters/kafka-connect/client.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { endReading } from './read-beside.ts';

/** Milliseconds that a connector may take to let go of its slot. */
const releaseLimitMs = 30_000;

/** The slot and the publication of a connector. */
export type LeftAtSource = { readonly slot: string; readonly publication: string };

/**
 * Deletes a connector; a later one of its name goes on where it was, unless its slot is to be dropped. Answers what is left
 * at the source.
 */
export async function deleteConnector(
  connect: ConnectClient,
  name: string,
  { dropsSlot }: { readonly dropsSlot: boolean },
): Promise<LeftAtSource> {
  const config = await connect.config(name);
  await endReading(connect, name);
  // A new slot begins at the present: what was before it must come from a new snapshot.
  if (dropsSlot) await connect.forgetOffsets(name);
  await connect.delete(name);
  return {
    slot: config?.['slot.name'] ?? 'debezium_slot',
    publication: config?.['publication.name'] ?? 'dbz_publication',
  };
}

/** Drops them, once nobody reads from the slot. */
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
        advice: `Once nobody reads it: SELECT pg_drop_replication_slot('${slot}');`,
        details: { connectUrl: String(connect.url) },
      });
    }
    await sleep(200);
  }
  await client.query(`drop publication if exists ${client.escapeIdentifier(publication)}`);
}
