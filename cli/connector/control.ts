/** `sluice connector pause`, `resume`, `restart` and `delete`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectClient } from '../../adapters/kafka-connect/client.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { endReading } from '../../services/connectors/read-beside.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Context } from '../verb.ts';
import { verb } from '../verb.ts';
import { chooseConnect, chooseSource, sourceDatabase } from './servers.ts';

/** Milliseconds that a connector may take to let go of its slot. */
const releaseLimit = 30_000;

const control = (name: 'pause' | 'resume' | 'restart', summary: string, said: string) =>
  verb({
    name,
    summary,
    options: ['connectUrl', 'connectorName'],
    async run({ connectUrl, connectorName }, context) {
      await chooseConnect({ connectUrl }, context)[name](connectorName);
      context.print(`${said} ${connectorName}`);
      return exitCodes.done;
    },
  });

export const pause = control(
  'pause',
  'stop capturing until `resume`; nothing is lost, the source keeps its WAL',
  'paused',
);
export const resume = control('resume', 'go on where `pause` stopped', 'resumed');
export const restart = control(
  'restart',
  'start a connector and its tasks again, such as after a failure',
  'restarted',
);

export const remove = verb({
  name: 'delete',
  summary: 'end a connector; its slot in the source stays unless --drop-slot',
  options: ['connectUrl', 'connectorName', 'dropSlot', 'sourceUrl'],
  async run({ dropSlot, connectorName: name, ...values }, context) {
    const source = dropSlot ? sourceDatabase(chooseSource(values), context) : undefined;
    const connect = chooseConnect(values, context);
    const config = await connect.config(name);
    const [slot = 'debezium_slot', publication = 'dbz_publication'] = [
      config?.['slot.name'],
      config?.['publication.name'],
    ];
    await endReading(connect, name);
    // A new slot begins at the present: what was before it must come from a new snapshot.
    if (dropSlot) await connect.forgetOffsets(name);
    await connect.delete(name);
    context.print(`deleted ${name}`);
    if (source === undefined) sayLeft(slot, publication, context);
    else {
      const client = await reachDatabase(source, 'connector', context.tell);
      try {
        await drop(client, connect, slot, publication);
      } finally {
        await client.end();
      }
      context.print(`dropped slot ${slot} and publication ${publication}`);
    }
    return exitCodes.done;
  },
});

function sayLeft(slot: string, publication: string, { tell }: Context): void {
  tell(`A connector of this name goes on where this one was: its slot ${slot} stays in the source.`);
  tell('While nobody reads from it, the source keeps its WAL until the disk is full. To drop it there:');
  tell(`  SELECT pg_drop_replication_slot('${slot}'); DROP PUBLICATION IF EXISTS "${publication}";`);
}

async function drop(client: pg.Client, connect: ConnectClient, slot: string, publication: string): Promise<void> {
  const until = Date.now() + releaseLimit;
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
      throw new PipelineError('slot_taken', `the slot ${slot} is still being read after ${releaseLimit / 1000} s`, {
        advice: `See \`npx sluice connector list\` (${connect.url}); then: SELECT pg_drop_replication_slot('${slot}');`,
      });
    }
    await sleep(200);
  }
  await client.query(`drop publication if exists ${client.escapeIdentifier(publication)}`);
}
