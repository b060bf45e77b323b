/** `sluice connector pause`, `resume`, `restart` and `delete`. */
import { quoted } from '../../engines/postgres/identifiers.ts';
import { deleteConnector, dropFromSource, type LeftAtSource } from '../../services/connectors/delete.ts';
import { exitCodes } from '../output/exit-codes.ts';
import type { Context } from '../program/verb.ts';
import { verb } from '../program/verb.ts';
import { chooseConnect, chooseSource, sourceDatabase } from './servers.ts';

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
    const left = await deleteConnector(connect, name, { dropsSlot: dropSlot });
    context.print(`deleted ${name}`);
    if (source === undefined) sayLeft(left, context);
    else {
      await dropFromSource(source, connect, left, context.tell);
      context.print(`dropped slot ${left.slot} and publication ${left.publication}`);
    }
    return exitCodes.done;
  },
});

function sayLeft({ slot, publication }: LeftAtSource, { tell }: Context): void {
  tell(`A connector of this name goes on where this one was: its slot ${slot} stays in the source.`);
  tell('While nobody reads from it, the source keeps its WAL until the disk is full. To drop it there:');
  tell(`  SELECT pg_drop_replication_slot('${slot}'); DROP PUBLICATION IF EXISTS ${quoted(publication)};`);
}
