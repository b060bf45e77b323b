/** `sluice connector snapshot`: brings in the rows of tables that were added to a connector, while it goes on streaming. */
import { startSnapshot } from '../../services/connectors/snapshot.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { untilDone } from '../program/until-done.ts';
import { verb } from '../program/verb.ts';
import { chooseKafka, kafkaOptions } from '../servers/servers.ts';
import { chooseConnect } from './servers.ts';

export const snapshot = verb({
  name: 'snapshot',
  summary: 'bring in the rows of tables that were added to a connector, beside the changes that stream meanwhile',
  options: [...kafkaOptions, 'connectUrl', 'connectorName', 'tables'],
  onStop: 'drains',
  overrides: { tables: { description: 'captured tables to read, * for any' } },
  examples: ["npx sluice connector snapshot --tables 'public.products'"],
  async run(values, context) {
    const { connectorName, tables: list } = values;
    const { stop, tell } = context;
    const connect = chooseConnect(values, context);
    const cluster = () => {
      const { provenance: _, ...chosen } = chooseKafka(values, context);
      return chosen;
    };
    const running = startSnapshot({ connect, connectorName, tables: list, cluster });
    running.events.subscribe((event) => {
      if (event.type === 'notice' && event.level !== 'debug') tell(event.message);
    });
    const { tables, rows } = await untilDone(running, stop);
    context.print(`read ${tables.join(', ')}: ${rows} rows are in Kafka`);
    tell('`npx sluice replicate` writes them; a row that has changed since stays as it is.');
    return exitCodes.done;
  },
});
