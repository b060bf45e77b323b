/**
 * Whether anything new can arrive in the topics of a replicated source: what its connector and its slot say. Asked for by
 * `status`; a server that does not answer is an answer, too.
 */
import { type ConnectClient, connectClient } from '../../adapters/kafka-connect/client.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { Unreconciled } from '../../engines/postgres/replica/snapshots/snapshot-states.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { lookAtCaptured } from '../connectors/captured.ts';
import { feedingConnectors, feedsOf } from '../connectors/feeding.ts';
import { describeHealth, verdict } from '../connectors/verdict.ts';
import { withinLimit } from '../within-limit.ts';
import type { SlotReport } from './slot.ts';

/** Milliseconds for Kafka Connect to answer: a worker that deals out its connectors would be asked for half a minute. */
const answerLimit = 5_000;

/** Milliseconds for the source to say how its tables are. */
const lookLimit = 30_000;

/** What a connector says, for people and for the verdict. */
export type ConnectorReport = {
  readonly name: string;
  /** `running`, `paused`, `failed: …`, or why nobody knows. */
  readonly health: string;
  /** Why it brings nothing new; absent while it works. */
  readonly fault?: string;
  /** Why changes of single tables do not arrive or rows are missing, where the source is known. */
  readonly faults?: readonly string[];
  /** How far its snapshot is; absent when none runs. */
  readonly snapshot?: string;
  /** Why the tables of its source were not looked at; absent when they were. */
  readonly remark?: string;
};

/** What a pipeline reads: the topics that there are, and whether it would read one. */
export type Read = { readonly topics: readonly string[]; readonly takes: (topic: string) => boolean };

/** Where to look. */
export type LookedAtConnector = {
  /** Kafka Connect; undefined where nothing is to be looked at. */
  readonly url: URL | undefined;
  /** The connector. One that was not asked for gives way to those that feed the topics. */
  readonly connector: { readonly name: string; readonly isAsked: boolean };
  /** The database that the connectors capture, where it is known. */
  readonly source: () => Database | undefined;
};

/** Looks at the connector of a replication. Undefined where there is nothing to look at. Never rejects. */
export async function lookAtConnector(
  { url, connector: { name: connectorName, isAsked: named }, source }: LookedAtConnector,
  read: Read,
): Promise<ConnectorReport | undefined> {
  if (url === undefined) return undefined;
  let asked = connectorName;
  try {
    const client = connectClient(url);
    const names = named ? [connectorName] : await withinLimit(namesOf(client, read, connectorName), answerLimit);
    const reports: ConnectorReport[] = [];
    for (const name of names) {
      asked = name;
      const found = await withinLimit(client.status(name), answerLimit);
      // Under its default name it may never have been made: another connector, or none of ours, may feed the topics.
      if (found === undefined && !named) continue;
      if (found === undefined) return faulty(name, 'missing', `Kafka Connect has no connector ${name}`);
      const { health } = verdict(found);
      if (health !== 'running') return faulty(name, health, `connector ${name} ${describeHealth(health)}`);
      reports.push({
        name,
        health,
        ...(await withinLimit(captured(client, name, source, named ? () => true : read.takes), lookLimit)),
      });
    }
    const [first] = reports;
    return first && { ...first, faults: reports.flatMap(({ faults = [] }) => faults) };
  } catch (error) {
    // Its own errors say what did not answer.
    if (error instanceof PipelineError) return faulty(asked, error.code, error.message);
    return faulty(asked, 'unknown', `Kafka Connect at ${url.host} gives ${messageOf(error)}`);
  }
}

/** The connectors that feed the topics; where none has their prefix, the one of the default name. */
async function namesOf(client: ConnectClient, { topics, takes }: Read, usual: string): Promise<readonly string[]> {
  const feeding = await feedingConnectors(client, topics, takes);
  return feeding.length === 0 ? [usual] : feeding.map(({ name }) => name);
}

/** What the source says of its tables. A source that does not answer, or a slot that nobody reads, is told by its slot. */
async function captured(
  client: ConnectClient,
  name: string,
  sourceOf: LookedAtConnector['source'],
  isRead: (topic: string) => boolean,
): Promise<Pick<ConnectorReport, 'faults' | 'snapshot' | 'remark'>> {
  const config = await client.config(name);
  const database = config && sourceOf();
  if (config === undefined || database === undefined) return {};
  const isSnapshot = snapshotRuns(await client.offsets(name));
  const state = { isRunning: true, isSnapshot };
  const { faults, snapshot, remark } = await lookAtCaptured(database, config, state, feedsOf(config, isRead));
  return { faults, ...(snapshot === null ? {} : { snapshot }), ...(remark === null ? {} : { remark }) };
}

const faulty = (name: string, health: string, fault: string): ConnectorReport => ({ name, health, fault });

/** Why nothing new can arrive; undefined when it can, or nobody looked. The connector explains more than its slot. */
export function disconnection(
  connector: ConnectorReport | undefined,
  slot: SlotReport | undefined,
  howToFix: (connector: ConnectorReport) => string,
): string | undefined {
  if (connector?.fault !== undefined) return `${connector.fault} (${howToFix(connector)})`;
  return slot?.fault;
}

/** Rows that the source may not have: a sentence for each table where they were counted, and one for all others. */
export function saysUnsettled(unsettled: readonly Unreconciled[]): readonly string[] {
  const uncounted = unsettled.filter(({ rows }) => rows === null).map(({ table }) => table);
  const counted = unsettled.flatMap(({ table, rows }) =>
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

/** Why data are missing, or too many, though nothing waits, with the number of further reasons; undefined when none is known. */
export function incompleteness(
  connector: ConnectorReport | undefined,
  held: readonly { readonly table: string; readonly rows: number }[],
  unsettled: readonly Unreconciled[],
): string | undefined {
  const reasons = [
    ...(connector?.faults ?? []),
    ...held.map(({ table, rows }) => `${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} are held back`),
    ...saysUnsettled(unsettled),
  ];
  const [first, ...others] = reasons;
  if (first === undefined) return undefined;
  const [sentence] = first.split(/(?<=[.:]) /);
  const what = (sentence ?? first).replace(/[.:]$/, '');
  return others.length === 0 ? what : `${what} (and ${others.length} more, below)`;
}
