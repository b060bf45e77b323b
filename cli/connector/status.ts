/** `sluice connector status` and `list`: how the connectors are; the exit code carries the verdict. */
import { acceptedRisks } from '../../adapters/kafka-connect/accepted.ts';
import { type ConnectClient, type ConnectorStatus, missing } from '../../adapters/kafka-connect/client.ts';
import {
  notedDefinitions,
  readDefinitions,
  redefined,
  redefinitionWarning,
  snapshotRuns,
} from '../../adapters/kafka-connect/definitions.ts';
import { causeOf, connectorError } from '../../adapters/kafka-connect/faults.ts';
import { withConnection } from '../../adapters/postgres/connection.ts';
import { exitCodes, messageOf } from '../../pipeline/errors.ts';
import type { Values } from '../options.ts';
import { table } from '../table.ts';
import { type Context, verb } from '../verb.ts';
import { chooseConnect, findSource, sourceDatabase } from './servers.ts';

export const status = verb({
  name: 'status',
  summary:
    'show how a connector is; exit code 5 when it does not work; where the source is known, whether tables were defined ' +
    'anew since `create`',
  options: ['connectUrl', 'connectorName', 'sourceUrl', 'json'],
  async run({ json, connectorName: name, ...values }, context) {
    const connect = chooseConnect(values, context);
    const found = await connect.status(name);
    if (found === undefined) throw missing(connect.url, name);
    const { health, works } = verdict(found);
    const accepted = acceptedRisks(await connect.config(name));
    const warning = await definitionWarning(connect, name, values, context);
    if (json) context.print(JSON.stringify({ ...found, health, accepted, warning: warning ?? null }));
    else for (const line of show(found, health)) context.print(line);
    for (const { check, what } of json ? [] : accepted) context.print(`accepted risk: ${what} [${check}]`);
    if (warning !== undefined) context.tell(`warning: ${warning}`);
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

/** A source that is away is told, too, and hides nothing of the connector. */
async function definitionWarning(
  connect: ConnectClient,
  name: string,
  values: Values<'sourceUrl'>,
  context: Context,
): Promise<string | undefined> {
  const source = findSource(values);
  const noted = notedDefinitions(await connect.config(name));
  if (source === undefined || Object.keys(noted).length === 0) return undefined;
  try {
    const now = await withConnection(sourceDatabase(source, context), 'connector', (client) =>
      readDefinitions(client, Object.keys(noted)),
    );
    const changed = redefined(noted, now);
    return redefinitionWarning(changed, changed.length > 0 && snapshotRuns(await connect.offsets(name)));
  } catch (error) {
    return `the tables of the source were not looked at: ${messageOf(error)}`;
  }
}

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
