/** Gives a connector its configuration, and waits until it captures by it. */
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { ConnectClient, ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { capturedSetting, interrupt, type NotedTables } from '../../engines/postgres/capture/captured-tables.ts';
import { nameOf } from '../../engines/postgres/capture/connector-config.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { PublicationState } from '../../engines/postgres/capture/publication-state.ts';
import type { CheckedSource } from '../../engines/postgres/capture/source-check/check-source.ts';
import type { Slot } from '../../engines/postgres/capture/source-check/slot.ts';
import { capturing } from './capturing.ts';

/** What of a connector that was deleted is still there. */
export type FormerParts = { readonly slot: Slot | undefined; readonly publication: PublicationState | undefined };

/** What became of the connector. */
type Started = {
  readonly what: 'created' | 'updated';
  /** Whether it was deleted and takes no snapshot, because Kafka Connect remembers how far it was. */
  readonly goesOn: boolean;
  /** Tables that such a one had not captured. */
  readonly missed: readonly string[];
};

/** Rejects as `capturing` does. */
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
  // What its own task remembers is written down a minute later.
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
  await capturing(connect, client, name, config, tables, { status, reader, isReplaced });
  return { what, goesOn, missed };
}

/** The publication still has the tables of a deleted connector, and its slot their changes. A recreated table is not in it. */
const wasCaptured = ({ slot, publication }: FormerParts, table: string): boolean =>
  slot !== undefined && publication?.tables[table] !== undefined;
