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
export const resume = control('resume', 'continue capturing where `pause` stopped', 'resumed');
export const restart = control(
  'restart',
  'restart a connector and its tasks, for example after a failure',
  'restarted',
);

export const remove = verb({
  name: 'delete',
  summary: 'delete a connector; its slot in the source stays unless --drop-slot',
  options: ['connectUrl', 'connectorName', 'dropSlot', 'sourceUrl'],
  async run({ dropSlot, connectorName: name, ...values }, context) {
    const source = dropSlot ? sourceDatabase(chooseSource(values), context) : undefined;
    const connect = chooseConnect(values, context);
    const left = await deleteConnector(connect, name, { dropsSlot: dropSlot });
    context.print(`deleted ${name}`);
    if (source === undefined) tellRemainingSlot(left, context);
    else {
      await dropFromSource(source, connect, left, context.printError);
      context.print(`dropped slot ${left.slot} and publication ${left.publication}`);
    }
    return exitCodes.done;
  },
});

function tellRemainingSlot({ slot, publication }: LeftAtSource, { printError }: Context): void {
  printError(`The slot ${slot} stays in the source; a new connector of the same name continues from it.`);
  printError('An unused slot makes the source keep WAL until its disk is full. To drop the slot there:');
  printError(`  SELECT pg_drop_replication_slot('${slot}'); DROP PUBLICATION IF EXISTS ${quoted(publication)};`);
}
