/** `sluice connector snapshot`: takes a snapshot of tables added to a connector, which keeps streaming meanwhile. */
import { startSnapshot } from '../../services/connectors/snapshot.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { untilDone } from '../program/until-done.ts';
import { verb } from '../program/verb.ts';
import { chooseKafka, kafkaOptions } from '../servers/servers.ts';
import { chooseConnect } from './servers.ts';

export const snapshot = verb({
  name: 'snapshot',
  summary: 'take a snapshot of tables added to a connector, which keeps streaming meanwhile',
  options: [...kafkaOptions, 'connectUrl', 'connectorName', 'tables'],
  onStop: 'drains',
  overrides: { tables: { description: 'captured tables to read, * for any' } },
  examples: ["npx sluice connector snapshot --tables 'public.products'"],
  async run(values, context) {
    const { connectorName, tables: list } = values;
    const { stop, printError } = context;
    const connect = chooseConnect(values, context);
    const cluster = () => {
      const { provenance: _, ...chosen } = chooseKafka(values, context);
      return chosen;
    };
    const running = startSnapshot({ connect, connectorName, tables: list, cluster });
    running.events.subscribe((event) => {
      if (event.type === 'notice' && event.level !== 'debug') printError(event.message);
    });
    const { tables, rows } = await untilDone(running, stop);
    context.print(`read ${tables.join(', ')}: ${rows} rows are in Kafka`);
    printError('`npx sluice replicate` writes them, except over rows that have changed since.');
    return exitCodes.done;
  },
});
