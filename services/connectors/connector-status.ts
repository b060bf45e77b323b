/** Reads the status of a connector from Kafka Connect and from its source. */
import { type ConnectClient, type ConnectorStatus, missing } from '../../adapters/kafka-connect/client.ts';
import { acceptedRisks } from '../../engines/postgres/capture/accepted.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { type CapturedReport, checkCaptured } from './captured.ts';
import { verdict } from './verdict.ts';

/** Status of a connector. */
export type ConnectorFacts = Pick<CapturedReport, 'snapshot' | 'remark'> & {
  readonly found: ConnectorStatus;
  /** The state, in a word or a sentence. */
  readonly health: string;
  readonly works: boolean;
  /** Risks that were accepted with `create`. */
  readonly accepted: ReturnType<typeof acceptedRisks>;
  /** Faults of its tables, and changes since `create`, each with its fix. */
  readonly faults: readonly string[];
};

/** Asks both servers. A source that does not answer is a fault. Throws `connector_missing` if the connector does not exist. */
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
  const { changes, faults, snapshot, remark } = await checkCaptured(source(), config, state);
  const accepted = acceptedRisks(config);
  return { found, health, works, accepted, faults: [...faults, ...changes], snapshot, remark };
}
