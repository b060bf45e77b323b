/**
 * Finds out for `status`, from the connector and the slot of a source, whether new changes can still reach its topics.
 * A server that does not answer becomes part of the report.
 */
import { type ConnectClient, connectClient } from '../../adapters/kafka-connect/client.ts';
import type { Unreconciled } from '../../engines/bookkeeping.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { checkCaptured } from '../connectors/captured.ts';
import { feedingConnectors, feedsOf } from '../connectors/feeding.ts';
import { describeHealth, verdict } from '../connectors/verdict.ts';
import { withinLimit } from '../within-limit.ts';
import type { SlotReport } from './slot.ts';

/** Longest wait for Kafka Connect. Without this limit, requests would be retried for half a minute while its workers rebalance. */
const answerLimitMs = 5_000;

/** Longest wait for the check of the tables at the source. */
const checkLimitMs = 30_000;

/** The state of a connector, for people and for the verdict. */
export type ConnectorReport = {
  readonly name: string;
  /** `running`, `paused`, `failed: …`, or why the state is unknown. */
  readonly health: string;
  /** Why it sends no changes; absent while it works. */
  readonly fault?: string;
  /** Why changes of single tables do not arrive or rows are missing; absent if the source is unknown. */
  readonly faults?: readonly string[];
  /** Progress of its snapshot; absent if none runs. */
  readonly snapshot?: string;
  /** Why the tables of its source were not checked; absent if they were. */
  readonly remark?: string;
};

/** The topics that a pipeline reads, and whether it also reads a given topic. */
export type ReadTopics = { readonly topics: readonly string[]; readonly takes: (topic: string) => boolean };

/** The connector, and the servers that know its state. */
export type ConnectorReportConfig = {
  /** Kafka Connect; undefined if no connector is to be checked. */
  readonly url: URL | undefined;
  /** The connector. If the user did not name it, the connectors that feed the topics are checked instead. */
  readonly connector: { readonly name: string; readonly isExplicit: boolean };
  /** Returns the database that the connectors capture, if it is known. */
  readonly source: () => Database | undefined;
};

/** Checks the connectors of a replication. Returns undefined if there is none to check. Never rejects. */
export async function readConnectorReport(
  { url, connector: { name: connectorName, isExplicit }, source }: ConnectorReportConfig,
  read: ReadTopics,
): Promise<ConnectorReport | undefined> {
  if (url === undefined) return undefined;
  let checkedName = connectorName;
  try {
    const client = connectClient(url);
    const names = isExplicit ? [connectorName] : await withinLimit(namesOf(client, read, connectorName), answerLimitMs);
    const reports: ConnectorReport[] = [];
    for (const name of names) {
      checkedName = name;
      const found = await withinLimit(client.status(name), answerLimitMs);
      // A connector with the default name need not exist: another connector or another tool may feed the topics.
      if (found === undefined && !isExplicit) continue;
      if (found === undefined) return faulty(name, 'missing', `Kafka Connect has no connector ${name}`);
      const { health } = verdict(found);
      if (health !== 'running') return faulty(name, health, `connector ${name} ${describeHealth(health)}`);
      reports.push({
        name,
        health,
        ...(await withinLimit(checkTables(client, name, source, isExplicit ? () => true : read.takes), checkLimitMs)),
      });
    }
    const [first] = reports;
    return first && { ...first, faults: reports.flatMap(({ faults = [] }) => faults) };
  } catch (error) {
    // Errors of Sluice already name the server that did not answer.
    if (error instanceof PipelineError) return faulty(checkedName, error.code, error.message);
    return faulty(checkedName, 'unknown', `Kafka Connect at ${url.host}: ${messageOf(error)}`);
  }
}

/** Returns the connectors that feed the topics; if there is none, the one with the default name. */
async function namesOf(
  client: ConnectClient,
  { topics, takes }: ReadTopics,
  usual: string,
): Promise<readonly string[]> {
  const feeding = await feedingConnectors(client, topics, takes);
  return feeding.length === 0 ? [usual] : feeding.map(({ name }) => name);
}

/** Checks the tables of a connector at its source. Returns nothing if the source is unknown. */
async function checkTables(
  client: ConnectClient,
  name: string,
  sourceOf: ConnectorReportConfig['source'],
  isRead: (topic: string) => boolean,
): Promise<Pick<ConnectorReport, 'faults' | 'snapshot' | 'remark'>> {
  const config = await client.config(name);
  const database = config && sourceOf();
  if (config === undefined || database === undefined) return {};
  const isSnapshot = snapshotRuns(await client.offsets(name));
  const state = { isRunning: true, isSnapshot };
  const { faults, snapshot, remark } = await checkCaptured(database, config, state, feedsOf(config, isRead));
  return { faults, ...(snapshot === null ? {} : { snapshot }), ...(remark === null ? {} : { remark }) };
}

const faulty = (name: string, health: string, fault: string): ConnectorReport => ({ name, health, fault });

/** Returns why no changes can arrive; undefined if they can or if that is unknown. A fault of the connector is reported before one of its slot. */
export function disconnection(
  connector: ConnectorReport | undefined,
  slot: SlotReport | undefined,
  howToFix: (connector: ConnectorReport) => string,
): string | undefined {
  if (connector?.fault !== undefined) return `${connector.fault} (${howToFix(connector)})`;
  return slot?.fault;
}

/** Describes rows that the source may not have: one sentence for each table whose rows were counted, and one for all others. */
export function describeUnreconciled(unreconciled: readonly Unreconciled[]): readonly string[] {
  const uncounted = unreconciled.filter(({ rows }) => rows === null).map(({ table }) => table);
  const counted = unreconciled.flatMap(({ table, rows }) =>
    rows === null
      ? []
      : [`${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} were not in the snapshot that was taken again`],
  );
  if (uncounted.length === 0) return counted;
  return [
    ...counted,
    `a snapshot was taken again, and rows that it did not have were not counted yet in ${uncounted.join(', ')}`,
  ];
}

/**
 * Returns the first known reason for missing or surplus rows, with the number of further reasons; undefined if there is none.
 */
export function incompleteness(
  connector: ConnectorReport | undefined,
  deferred: readonly { readonly table: string; readonly rows: number }[],
  unreconciled: readonly Unreconciled[],
): string | undefined {
  const reasons = [
    ...(connector?.faults ?? []),
    ...deferred.map(({ table, rows }) => `${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} are held back`),
    ...describeUnreconciled(unreconciled),
  ];
  const [first, ...others] = reasons;
  if (first === undefined) return undefined;
  const [sentence] = first.split(/(?<=[.:]) /);
  const reason = (sentence ?? first).replace(/[.:]$/, '');
  return others.length === 0 ? reason : `${reason} (and ${others.length} more, below)`;
}
