/** Waits until a connector captures, because `create` must not return while changes of a captured table would be lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectClient, ConnectorConfig, ConnectorStatus } from '../../adapters/kafka-connect/client.ts';
import { connectorError } from '../../adapters/kafka-connect/faults.ts';
import type { TableName } from '../../engines/postgres/capture/connector-config.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import { includes } from '../../engines/postgres/capture/source-check/publication.ts';
import { readSlot } from '../../engines/postgres/capture/source-check/slot.ts';
import { PipelineError } from '../../pipeline/errors.ts';

/** Longest time until a connector captures with its new configuration. */
const startLimitMs = 60_000;

/** Longest time for which Kafka Connect may still report the replaced task. */
const formerLimitMs = 3_000;

/** State of the connector before it got its configuration. */
export type Former = {
  /** Undefined if the connector did not exist. */
  readonly status: ConnectorStatus | undefined;
  /** PID of the server process that read the slot for its task; null if none did. */
  readonly reader: number | null;
  /** Whether Kafka Connect replaces the task. */
  readonly isReplaced: boolean;
};

/**
 * Resolves once the publication contains every table, and a task with this configuration streams from the slot or takes the
 * first snapshot. A paused connector stays paused. Rejects with the cause if the connector fails, and with
 * `connector_stalled` after 60 s.
 */
export async function waitUntilCapturing(
  connect: ConnectClient,
  client: pg.Client,
  name: string,
  config: ConnectorConfig,
  tables: readonly TableName[],
  former: Former,
): Promise<void> {
  const start = Date.now();
  let snapshotSince: number | undefined;
  for (;;) {
    const status = await connect.status(name);
    const parts = partsOf(status);
    const hasConfig = (await connect.tasks(name)).some((task) => hasSettings(task, config));
    const failed = parts.find(({ state }) => state === 'FAILED');
    const isOld = (trace: string | undefined) =>
      former.isReplaced &&
      Date.now() - start < formerLimitMs &&
      partsOf(former.status).some((one) => one.trace === trace);
    if (failed && !isOld(failed.trace)) throw connectorError(`connector ${name} failed`, failed.trace ?? '');
    if (parts.some(({ state }) => state === 'PAUSED' || state === 'STOPPED')) return;
    const works = status !== undefined && status.tasks.length > 0 && parts.every(({ state }) => state === 'RUNNING');
    if (works && hasConfig && (await publishes(client, config['publication.name'] ?? '', tables))) {
      const slot = await readSlot(client, config['slot.name'] ?? '');
      if (slot?.active && !(former.isReplaced && slot.pid === former.reader)) return;
      // A snapshot does not read the slot. Changes made meanwhile are in the snapshot or in the slot.
      const takesSnapshot =
        slot !== undefined && !slot.active && (snapshotRuns(await connect.offsets(name)) || readsOnce(config));
      snapshotSince = takesSnapshot ? (snapshotSince ?? Date.now()) : undefined;
      const settledMs = former.status === undefined ? 0 : formerLimitMs;
      if (snapshotSince !== undefined && Date.now() - snapshotSince >= settledMs) return;
    }
    if (Date.now() - start >= startLimitMs) {
      throw new PipelineError(
        'connector_stalled',
        `connector ${name} did not begin to capture in ${startLimitMs / 1000} s: changes of new tables may be lost until it does`,
        {
          advice: 'The log of Kafka Connect may give the reason.',
          details: { why: 'does not capture' },
          kind: 'stalled',
        },
      );
    }
    await sleep(200);
  }
}

const partsOf = (status: ConnectorStatus | undefined) => (status ? [status.connector, ...status.tasks] : []);

const hasSettings = (task: ConnectorConfig, config: ConnectorConfig): boolean =>
  Object.entries(config).every(([setting, value]) => task[setting] === value);

const readsOnce = (config: ConnectorConfig): boolean => config['snapshot.mode'] === 'initial_only';

async function publishes(client: pg.Client, publication: string, tables: readonly TableName[]): Promise<boolean> {
  const { rows } = await client.query<TableName>(
    'select schemaname as schema, tablename as table from pg_publication_tables where pubname = $1',
    [publication],
  );
  return tables.every((table) => includes(rows, table));
}
