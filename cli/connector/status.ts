/** `sluice connector status` and `list`: how the connectors are; the exit code carries the verdict. */
import { type ConnectorStatus, missing } from '../../adapters/kafka-connect/client.ts';
import { causeOf, connectorError } from '../../adapters/kafka-connect/faults.ts';
import { exitCodes } from '../../pipeline/errors.ts';
import { table } from '../table.ts';
import { verb } from '../verb.ts';
import { chooseConnect } from './servers.ts';

export const status = verb({
  name: 'status',
  summary: 'show how a connector is; exit code 5 when it does not work',
  options: ['connectUrl', 'connectorName', 'json'],
  async run({ json, connectorName: name, connectUrl }, context) {
    const connect = chooseConnect({ connectUrl }, context);
    const found = await connect.status(name);
    if (found === undefined) throw missing(connect.url, name);
    const { health, works } = verdict(found);
    if (json) context.print(JSON.stringify({ ...found, health }));
    else for (const line of show(found, health)) context.print(line);
    return works ? exitCodes.done : exitCodes.stalled;
  },
});

export const list = verb({
  name: 'list',
  summary: 'show all connectors of a Kafka Connect',
  options: ['connectUrl', 'json'],
  async run({ json, connectUrl }, context) {
    const connect = chooseConnect({ connectUrl }, context);
    const all = await Promise.all((await connect.list()).map((name) => connect.status(name)));
    const there = all.filter((one) => one !== undefined);
    if (json) context.print(JSON.stringify(there));
    else if (there.length === 0) context.tell('there is no connector');
    else {
      const rows = there.map((one) => [one.name, verdict(one).health]);
      for (const line of table(['connector', 'health'], rows)) context.print(line);
    }
    return exitCodes.done;
  },
});

/** In a word or a sentence. Who pauses or stops a connector knows that it rests: that is no fault. */
export function verdict({ connector, tasks }: ConnectorStatus): { health: string; works: boolean } {
  const parts = [connector, ...tasks];
  const failed = parts.find(({ state }) => state === 'FAILED');
  if (failed) return { health: `failed: ${causeOf(failed.trace ?? '') || 'no reason given'}`, works: false };
  if (connector.state === 'STOPPED') return { health: 'stopped', works: true };
  if (parts.some(({ state }) => state === 'PAUSED')) return { health: 'paused', works: true };
  if (tasks.length === 0) return { health: 'has no task yet', works: false };
  const waiting = parts.find(({ state }) => state !== 'RUNNING');
  return waiting ? { health: waiting.state.toLowerCase(), works: false } : { health: 'running', works: true };
}

function show({ name, connector, tasks }: ConnectorStatus, health: string): string[] {
  const rows = [
    ['connector', connector.state, connector.worker],
    ...tasks.map(({ id, state, worker }) => [`task ${id}`, state, worker]),
  ];
  const trace = [connector, ...tasks].find(({ state }) => state === 'FAILED')?.trace;
  const advice = trace === undefined ? [] : [`  ${connectorError(name, trace).advice}`];
  return [`${name}: ${health}`, ...advice, ...table(['part', 'state', 'worker'], rows)];
}
