/** Whether a connector can use its replication slot. */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Server } from './server.ts';

/** A replication slot of the source. */
export type Slot = {
  readonly active: boolean;
  /** The server process that reads it; null without a reader. */
  readonly pid: number | null;
  readonly plugin: string;
  readonly database: string | null;
  readonly wal_status: string | null;
};

/** The slot that a connector is to use. */
export type SlotWish = {
  readonly slot: string;
  readonly publication: string;
  /** True if the connector already has this slot; the slot may then be active. */
  readonly slotIsOurs: boolean;
};

/** Reads a slot; undefined when it does not exist. */
export async function readSlot(client: pg.Client, name: string): Promise<Slot | undefined> {
  const { rows } = await client.query<Slot>(
    'select active, active_pid as pid, plugin, database, wal_status from pg_replication_slots where slot_name = $1',
    [name],
  );
  return rows[0];
}

/** Throws a `PipelineError` if the connector cannot read from the slot. */
export function checkSlot(server: Server, slot: Slot | undefined, { slot: name, slotIsOurs }: SlotWish): void {
  if (slot === undefined) {
    if (server.slots < server.slotLimit) return;
    throw new PipelineError('slots_exhausted', `all ${server.slotLimit} replication slots of the source are in use`, {
      advice:
        'Drop one that nobody uses (pg_replication_slots lists them), or raise max_replication_slots and restart.',
    });
  }
  if (slot.plugin !== 'pgoutput' || slot.database !== server.database) {
    const whose = slot.database === server.database ? `plugin ${slot.plugin}` : `database ${slot.database}`;
    throw new PipelineError('slot_taken', `the slot ${name} belongs to ${whose}`, { advice: 'Choose another --slot.' });
  }
  if (slot.wal_status === 'lost') {
    throw new PipelineError('slot_lost', `the slot ${name} has lost its position: its WAL was removed`, {
      advice: `On the source: SELECT pg_drop_replication_slot('${name}'); a new snapshot is needed.`,
    });
  }
  if (slot.active && !slotIsOurs) {
    throw new PipelineError(
      'slot_taken',
      `the slot ${name} is being read by another connector (process ${slot.pid} of the source)`,
      { advice: 'Choose another --slot, or delete the connector that reads from it.' },
    );
  }
}

/**
 * The error for a slot that is older than its publication. PostgreSQL cannot decode changes from before the publication
 * existed, and the connector would retry forever in a RUNNING task.
 */
export const olderThanPublication = ({ slot, publication }: SlotWish): PipelineError =>
  new PipelineError('slot_unreadable', `the slot ${slot} exists already, and publication ${publication} does not`, {
    advice: `On the source: SELECT pg_drop_replication_slot('${slot}'); or name the publication that belongs to it by --publication.`,
  });

/** Warnings about a slot that existed before its connector. */
export const leftOver = (slot: Slot | undefined, { slot: name, slotIsOurs }: SlotWish): string[] =>
  slot === undefined || slotIsOurs
    ? []
    : [
        `the slot ${name} already exists: changes after its position are streamed after the snapshot as well, so tables without a key get these rows twice`,
      ];
