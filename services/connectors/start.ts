/** Sets the configuration of a connector, and waits until it captures with it. */
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { capturedSetting, interrupt, type NotedTables } from '../../engines/postgres/capture/captured-tables.ts';
import { nameOf } from '../../engines/postgres/capture/connector-config.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { PublicationState } from '../../engines/postgres/capture/publication-state.ts';
import type { CheckedSource } from '../../engines/postgres/capture/source-check/check-source.ts';
import type { Slot } from '../../engines/postgres/capture/source-check/slot.ts';
import { waitUntilCapturing } from './capturing.ts';

/** Remains of a deleted connector at the source. */
export type FormerParts = { readonly slot: Slot | undefined; readonly publication: PublicationState | undefined };

/** Result of the start. */
type Started = {
  readonly what: 'created' | 'updated';
  /** Whether it was deleted before and continues without a snapshot, because Kafka Connect kept its offsets. */
  readonly goesOn: boolean;
  /** Tables that the deleted connector did not capture. */
  readonly missed: readonly string[];
};

/** Starts or updates the connector. Rejects like `waitUntilCapturing`. */
export async function start(
  connect: ConnectClient,
  client: pg.Client,
  name: string,
  present: ConnectorConfig | undefined,
  wanted: ConnectorConfig,
  {
    tables,
    publication,
    reader,
    noted,
    former,
  }: CheckedSource & { readonly noted: NotedTables; readonly former: FormerParts },
): Promise<Started> {
  const status = present === undefined ? undefined : await connect.status(name);
  const what = await connect.put(name, wanted);
  // Of an existing connector the stored offsets may be a minute old.
  const kept = present === undefined ? await connect.offsets(name) : [];
  const goesOn = kept.length > 0 && !snapshotRuns(kept);
  const missed = goesOn ? tables.map(nameOf).filter((one) => !wasCaptured(former, one)) : [];
  const config =
    missed.length === 0 ? wanted : { ...wanted, [capturedSetting]: JSON.stringify(interrupt(noted, missed)) };
  if (missed.length > 0) await connect.put(name, config);
  const isSame = present !== undefined && isDeepStrictEqual({ ...present, name }, { ...config, name });
  const hasFailed = status?.tasks.some(({ state }) => state === 'FAILED') ?? false;
  // Kafka Connect replaces a task only when its configuration differs.
  const mustRestart = isSame && (publication.statements.length > 0 || hasFailed);
  if (mustRestart) await connect.restart(name);
  const isReplaced = present !== undefined && (!isSame || mustRestart);
  await waitUntilCapturing(connect, client, name, config, tables, { status, reader, isReplaced });
  return { what, goesOn, missed };
}

/** True if the deleted connector captured the table: its slot still exists, and its publication contains the table. */
const wasCaptured = ({ slot, publication }: FormerParts, table: string): boolean =>
  slot !== undefined && publication?.tables[table] !== undefined;
