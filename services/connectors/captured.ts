/** What the source says of a connector: whether all changes of its tables arrive, and how far its snapshot is. */
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

/** How the connector is, by Kafka Connect. */
export type ConnectorState = { readonly isRunning: boolean; readonly isSnapshot: boolean };

/** What was found. */
export type CapturedReport = {
  /** Why changes do not arrive or rows are missing, each with what to do. */
  readonly faults: readonly string[];
  /** What has changed since `create` and loses nothing by itself. */
  readonly changes: readonly string[];
  /** How far the snapshot is; null when none runs, or nobody knows. */
  readonly snapshot: string | null;
  /** Why the source was not looked at; null when it was. */
  readonly remark: string | null;
};

/**
 * Looks at the source of a connector. Never rejects: a source that does not answer is a fault, too.
 * @param isFollowed which of the captured tables it is asked for; all unless said.
 */
export async function lookAtCaptured(
  source: Database | undefined,
  config: ConnectorConfig,
  { isRunning, isSnapshot }: ConnectorState,
  isFollowed: (name: string) => boolean = () => true,
): Promise<CapturedReport> {
  const unread = isSnapshot ? 'snapshot: reading' : null;
  const none: CapturedReport = { faults: [], changes: [], snapshot: unread, remark: null };
  if (source === undefined)
    return { ...none, remark: 'the tables of the source were not looked at: --source-db names it' };
  const captures = config['database.dbname'];
  if (captures !== undefined && captures !== source.database)
    return {
      ...none,
      remark: `the tables of the source were not looked at: the connector captures database ${captures}, --source-db names ${source.database}`,
    };
  try {
    return await withConnection(source, 'connector', async (client) => {
      const slot = config['slot.name'] ?? 'debezium_slot';
      // Kafka Connect writes down only every minute how far a connector is; one that reads its slot is past its snapshot.
      const reads = isSnapshot && !(await isSlotRead(client, slot));
      const reading = isRunning && !reads ? await slotReadingFault(client, slot) : undefined;
      const redefinitions = await redefinitionsOf(client, config, reads);
      const faults = [
        ...(reading === undefined ? [] : [reading]),
        ...(await capturedFaults(client, config, isFollowed)),
        ...(reads ? redefinitions : []),
      ];
      const snapshot = reads ? await describeSnapshot(client, capturedNames(config)) : null;
      return { faults, changes: reads ? [] : redefinitions, snapshot, remark: null };
    });
  } catch (error) {
    const fault = `the source ${describeDatabase(source)} was not looked at: ${messageOf(error)}`;
    return { ...none, faults: [fault] };
  }
}

async function redefinitionsOf(client: pg.Client, config: ConnectorConfig, isSnapshot: boolean): Promise<string[]> {
  const noted = notedDefinitions(config);
  const now = await readDefinitions(client, Object.keys(noted));
  // Of a table that is gone something else is said.
  const changed = redefined(noted, now).filter((name) => name in now);
  const warning = redefinitionWarning(changed, isSnapshot);
  return warning === undefined ? [] : [warning];
}
