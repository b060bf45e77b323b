/** How a connector is, by Kafka Connect and by its source. */
import { type ConnectClient, type ConnectorStatus, missing } from '../../adapters/kafka-connect/client.ts';
import { acceptedRisks } from '../../engines/postgres/capture/accepted.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { type CapturedReport, lookAtCaptured } from './captured.ts';
import { verdict } from './verdict.ts';

/** What was found. */
export type ConnectorFacts = Pick<CapturedReport, 'snapshot' | 'remark'> & {
  readonly found: ConnectorStatus;
  /** In a word or a sentence. */
  readonly health: string;
  readonly works: boolean;
  /** Risks that were accepted when it was created. */
  readonly accepted: ReturnType<typeof acceptedRisks>;
  /** What is wrong with its tables, and what has changed since it was created, each with what to do. */
  readonly faults: readonly string[];
};

/** Asks both; a source that does not answer is a fault. Throws when there is no such connector. */
export async function readConnectorStatus(
  connect: ConnectClient,
  name: string,
  source: () => Database | undefined,
): Promise<ConnectorFacts> {
  const found = await connect.status(name);
  if (found === undefined) throw missing(connect.url, name);
  const { health, works } = verdict(found);
  const config = (await connect.config(name)) ?? {};
  const isSnapshot = works && snapshotRuns(await connect.offsets(name));
  const state = { isRunning: health === 'running', isSnapshot };
  const { changes, faults, snapshot, remark } = await lookAtCaptured(source(), config, state);
  const accepted = acceptedRisks(config);
  return { found, health, works, accepted, faults: [...faults, ...changes], snapshot, remark };
}
