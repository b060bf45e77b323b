/** Checks a connector at its source: whether all changes of its tables arrive, and how far its snapshot is. */
import type pg from 'pg';
import type { ConnectorConfig } from '../../adapters/kafka-connect/client.ts';
import { capturedFaults, capturedNames } from '../../engines/postgres/capture/captured-state.ts';
import {
  notedDefinitions,
  readDefinitions,
  redefined,
  redefinitionWarning,
} from '../../engines/postgres/capture/definitions.ts';
import { isSlotRead, slotReadingFault } from '../../engines/postgres/capture/slot-reading.ts';
import { describeSnapshot } from '../../engines/postgres/capture/snapshot-progress.ts';
import { type Database, describeDatabase, withConnection } from '../../engines/postgres/connection/connection.ts';
import { messageOf } from '../../pipeline/errors.ts';

/** State of the connector by Kafka Connect. */
export type ConnectorState = { readonly isRunning: boolean; readonly isSnapshot: boolean };

/** Result of the check. */
export type CapturedReport = {
  /** Why changes do not arrive or rows are missing, each with its fix. */
  readonly faults: readonly string[];
  /** Changes since `create` that lose no data by themselves. */
  readonly changes: readonly string[];
  /** Progress of the snapshot; null if none runs or its progress is unknown. */
  readonly snapshot: string | null;
  /** Why the source was not checked; null if it was. */
  readonly remark: string | null;
};

/**
 * Checks the source of a connector. Never rejects: a source that does not answer is reported as a fault.
 * @param isFollowed selects the captured tables to check; all by default.
 */
export async function checkCaptured(
  source: Database | undefined,
  config: ConnectorConfig,
  { isRunning, isSnapshot }: ConnectorState,
  isFollowed: (name: string) => boolean = () => true,
): Promise<CapturedReport> {
  const unknownProgress = isSnapshot ? 'snapshot: reading' : null;
  const none: CapturedReport = { faults: [], changes: [], snapshot: unknownProgress, remark: null };
  if (source === undefined)
    return { ...none, remark: 'the tables of the source were not checked: name the source with --source-db' };
  const captures = config['database.dbname'];
  if (captures !== undefined && captures !== source.database)
    return {
      ...none,
      remark: `the tables of the source were not checked: the connector captures database ${captures}, --source-db names ${source.database}`,
    };
  try {
    return await withConnection(source, 'connector', async (client) => {
      const slot = config['slot.name'] ?? 'debezium_slot';
      // Kafka Connect stores offsets once a minute, so they may be old. A connector that reads its slot has ended its snapshot.
      const takesSnapshot = isSnapshot && !(await isSlotRead(client, slot));
      const slotFault = isRunning && !takesSnapshot ? await slotReadingFault(client, slot) : undefined;
      const redefinitions = await redefinitionsOf(client, config, takesSnapshot);
      const faults = [
        ...(slotFault === undefined ? [] : [slotFault]),
        ...(await capturedFaults(client, config, isFollowed)),
        ...(takesSnapshot ? redefinitions : []),
      ];
      const snapshot = takesSnapshot ? await describeSnapshot(client, capturedNames(config)) : null;
      return { faults, changes: takesSnapshot ? [] : redefinitions, snapshot, remark: null };
    });
  } catch (error) {
    const fault = `the source ${describeDatabase(source)} could not be checked: ${messageOf(error)}`;
    return { ...none, faults: [fault] };
  }
}

async function redefinitionsOf(client: pg.Client, config: ConnectorConfig, isSnapshot: boolean): Promise<string[]> {
  const noted = notedDefinitions(config);
  const now = await readDefinitions(client, Object.keys(noted));
  // `capturedFaults` reports tables that no longer exist.
  const changed = redefined(noted, now).filter((name) => name in now);
  const warning = redefinitionWarning(changed, isSnapshot);
  return warning === undefined ? [] : [warning];
}
