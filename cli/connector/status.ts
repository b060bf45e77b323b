/** `sluice connector status` and `list`: the health of connectors, also in the exit code of `status`. */
import type { ConnectorStatus } from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import { readConnectorStatus } from '../../services/connectors/connector-status.ts';
import { verdict } from '../../services/connectors/verdict.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { table } from '../output/table.ts';
import { verb } from '../program/verb.ts';
import { chooseConnect, findSource, sourceDatabase } from './servers.ts';

export const status = verb({
  name: 'status',
  summary:
    'show the health of a connector; exit code 5 when it does not work, or when changes of a captured table do not ' +
    'arrive (checked where the source is known)',
  options: ['connectUrl', 'connectorName', 'sourceUrl', 'json'],
  async run({ json, connectorName: name, ...values }, context) {
    const connect = chooseConnect(values, context);
    const source = () => {
      const address = findSource(values);
      return address && sourceDatabase(address, context);
    };
    const status = await readConnectorStatus(connect, name, source);
    const { found, health, works, accepted, faults, snapshot, remark } = status;
    if (json) {
      const warning = [...faults, ...(remark === null ? [] : [remark])].join('\n') || null;
      context.print(JSON.stringify({ ...found, health, accepted, faults, snapshot, warning }));
    } else
      for (const line of show(
        found,
        faults.length > 0 && works ? `${health}, but ${warningCountText(faults)}` : health,
        snapshot,
      ))
        context.print(line);
    for (const { check, what } of json ? [] : accepted) context.print(`accepted risk: ${what} [${check}]`);
    for (const fault of faults) context.printError(`warning: ${fault}`);
    if (remark !== null) context.printError(remark);
    return works && faults.length === 0 ? exitCodes.done : exitCodes.stalled;
  },
});

const warningCountText = ({ length }: readonly string[]): string =>
  length === 1 ? 'see the warning' : `see ${length} warnings`;

export const list = verb({
  name: 'list',
  summary: 'show all connectors of a Kafka Connect',
  options: ['connectUrl', 'json'],
  async run({ json, connectUrl }, context) {
    const connect = chooseConnect({ connectUrl }, context);
    const all = await Promise.all((await connect.list()).map((name) => connect.status(name)));
    const existing = all.filter((one) => one !== undefined);
    if (json) context.print(JSON.stringify(existing));
    else if (existing.length === 0) context.printError('Kafka Connect has no connector');
    else {
      const rows = existing.map((one) => [one.name, verdict(one).health]);
      for (const line of table(['connector', 'health'], rows)) context.print(line);
    }
    return exitCodes.done;
  },
});

function show({ name, connector, tasks }: ConnectorStatus, health: string, snapshot: string | null): string[] {
  const rows = [
    ['connector', connector.state, connector.worker],
    ...tasks.map(({ id, state, worker }) => [`task ${id}`, state, worker]),
  ];
  const trace = [connector, ...tasks].find(({ state }) => state === 'FAILED')?.trace;
  const advice = trace === undefined ? [] : [`  ${connectorError(name, trace).advice}`];
  const reading = snapshot === null ? [] : [snapshot];
  return [`${name}: ${health}`, ...advice, ...reading, ...table(['part', 'state', 'worker'], rows)];
}
