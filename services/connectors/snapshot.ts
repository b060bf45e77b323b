/** Reads the rows of tables that were added to a connector, while it continues to stream changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaCluster, kafkaClient, reachCluster } from '../../adapters/kafka/client/client.ts';
import {
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorStatus,
  missing,
} from '../../adapters/kafka-connect/client.ts';
import { newCopy } from '../../engines/postgres/capture/captured-state.ts';
import { capturedSetting, notedTables } from '../../engines/postgres/capture/captured-tables.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { listedTables, tablePattern } from '../../schemas/table-pattern.ts';
import { type Running, start, unlessStopped } from '../running.ts';
import { readTableRows } from './read-beside.ts';

/** Longest time until Kafka Connect assigns the connector to a worker. */
const workerLimitMs = 30_000;

/** The connector and the tables to read. */
export type SnapshotConfig = {
  readonly connect: ConnectClient;
  readonly connectorName: string;
  /** Captured tables by name or pattern, separated by commas. */
  readonly tables: string;
  /** Called after the tables have been checked. */
  readonly cluster: () => KafkaCluster;
};

/**
 * Starts the snapshot. `done` resolves with the tables and the number of rows, all of which are in Kafka then. It rejects if
 * the connector is not running, or if a table has no primary key or missed changes.
 */
export const startSnapshot = (
  config: SnapshotConfig,
): Running<{ readonly tables: readonly string[]; readonly rows: number }> =>
  start(async ({ logger, stop }) => {
    const { connect, connectorName: name } = config;
    const found = await unlessStopped(stop, connect.config(name));
    const status = await unlessStopped(stop, connect.status(name));
    if (found === undefined || status === undefined) throw missing(connect.url, name);
    const state = await unlessStopped(stop, steadyState(connect, name, status));
    if (state !== 'RUNNING') throw notRunning(name, state.toLowerCase());
    const tables = chooseTables(config.tables, found);
    const cluster = config.cluster();
    const say = (line: string) => logger.info({}, line);
    await unlessStopped(stop, reachCluster(cluster, logger, say));
    const kafka = kafkaClient(cluster, 'sluice-snapshot', logger);
    const rows = await readTableRows({ kafka, connect, name, config: found, tables, stop, tell: say });
    await noteRead(connect, name, tables);
    return { tables, rows };
  });

/** Notes in the connector that no rows of these tables are missing any more. */
async function noteRead(connect: ConnectClient, name: string, tables: readonly string[]): Promise<void> {
  const config = await connect.config(name);
  if (config === undefined) throw missing(connect.url, name);
  const noted = Object.entries(notedTables(config)).map(([table, { gap, ...known }]) => [
    table,
    gap === undefined || (gap === 'unread' && tables.includes(table)) ? known : { ...known, gap },
  ]);
  await connect.put(name, { ...config, [capturedSetting]: JSON.stringify(Object.fromEntries(noted)) });
}

/** Waits until Kafka Connect has assigned the connector, and returns its state; the last one after the limit. */
async function steadyState(connect: ConnectClient, name: string, first: ConnectorStatus): Promise<string> {
  const until = Date.now() + workerLimitMs;
  let { state } = first.connector;
  while ((state === 'UNASSIGNED' || state === 'RESTARTING') && Date.now() < until) {
    await sleep(500);
    state = (await connect.status(name))?.connector.state ?? state;
  }
  return state;
}

/** Returns the captured tables that a list names. Throws if one of them cannot be read while changes are streamed. */
function chooseTables(list: string, config: ConnectorConfig): readonly string[] {
  const noted = notedTables(config);
  const captured = Object.keys(noted).filter((name) => !noted[name]?.left);
  const parts = listedTables(list);
  const matching = (part: string) => {
    const pattern = tablePattern(part);
    return captured.filter((name) => pattern.test(name));
  };
  const unknown = parts.filter((part) => matching(part).length === 0);
  if (unknown.length > 0 || captured.length === 0)
    throw new PipelineError('tables_missing', `the connector captures no table ${unknown.join(', ') || list}`, {
      advice: '',
      details: { why: 'not captured' },
    });
  const tables = captured.filter((name) => parts.some((part) => matching(part).includes(name)));
  const keyless = tables.filter((name) => noted[name]?.key === '');
  if (keyless.length > 0)
    throw new PipelineError(
      'snapshot_needs_key',
      `${keyless.join(', ')} has no primary key: its rows cannot be distinguished from streamed rows`,
      {
        advice: newCopy(config),
      },
    );
  const interrupted = tables.filter((name) => noted[name]?.gap === 'interrupted');
  if (interrupted.length > 0)
    throw new PipelineError(
      'changes_missed',
      `changes of ${interrupted.join(', ')} were made while it was not captured, and this snapshot would not update existing rows`,
      { advice: newCopy(config) },
    );
  return tables;
}

const notRunning = (name: string, state: string): PipelineError =>
  new PipelineError('connector_not_running', `connector ${name} is ${state}`, {
    advice: '',
    details: { name },
    kind: 'stalled',
  });
