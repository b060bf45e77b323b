/**
 * Concludes a replication that has caught up: it reports the record counts, the checks, and what remains unknown. It fails if
 * the replica is known to lack data.
 */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { snapshotRuns } from '../../engines/postgres/capture/definitions.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { Verified } from '../../engines/postgres/replica/verify.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { isReplicated, type TransformConfig } from '../../pipeline/transform/config.ts';
import { parseTableName } from '../../schemas/table-name.ts';
import { checkCaptured } from '../connectors/captured.ts';
import { feedingConnectors } from '../connectors/feeding.ts';
import { verdict } from '../connectors/verdict.ts';
import type { ServiceEvent, UnknownCapture } from '../events.ts';
import { describeDeadLetters } from '../status/parked.ts';
import { withinLimit } from '../within-limit.ts';

/** Longest wait for the answers of Kafka Connect and the source. */
const checkLimitMs = 60_000;

/** The replicated topics, and the servers that feed them. */
export type Feed = {
  readonly topics: readonly string[];
  /** Whether a topic of this name is read. */
  readonly isRead: (topic: string) => boolean;
  readonly rules: TransformConfig;
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  readonly logger: Logger;
};

/** The result of the check of the connectors: faults with their fixes, and why the check is incomplete. */
export type Captured = { readonly faults: readonly string[]; readonly unknown: UnknownCapture | null };

/** Emits `caughtUp`. Throws `records_parked` or `replica_incomplete` if the replica is known to lack data. */
export function conclude(
  { parked, tables, checked, counts }: Verified,
  { faults, unknown }: Captured,
  events: Events<ServiceEvent>,
): void {
  events.emit({
    type: 'caughtUp',
    isComplete: parked.records === 0 && faults.length === 0,
    tables,
    counts,
    deadLetters: parked.records,
    checkedConstraints: checked,
    unknown,
  });
  if (parked.records > 0)
    throw new PipelineError('records_parked', `rows are missing or out of date: ${describeDeadLetters(parked) ?? ''}`, {
      advice: 'Everything else is durable.',
    });
  if (faults.length > 0)
    throw new PipelineError('replica_incomplete', `changes of captured tables do not arrive: ${faults[0]}`, {
      advice: 'All records in the topics are durable.',
    });
}

const isReplicatedName = (rules: TransformConfig, name: string): boolean => {
  const table = parseTableName(name);
  return table === undefined || isReplicated(rules, table);
};

/** Checks the connectors that feed the topics. Logs every fault, even if the run ends with another error. */
export async function checkFeeding(feed: Feed): Promise<Captured> {
  const captured = await checkConnectors(feed);
  for (const fault of captured.faults) feed.logger.error({}, fault);
  return captured;
}

async function checkConnectors({ topics, isRead, rules, source, connectUrl }: Feed): Promise<Captured> {
  const unchecked = (why: string): Captured => ({
    faults: [],
    unknown: { why: `it is unknown whether every table is captured (${why})` },
  });
  if (source === undefined) return { faults: [], unknown: { unnamed: 'source' } };
  if (connectUrl === undefined) return { faults: [], unknown: { unnamed: 'connect' } };
  try {
    const connect = connectClient(connectUrl);
    const check = async (): Promise<Captured> => {
      const feeding = await feedingConnectors(connect, topics, isRead);
      if (feeding.length === 0) return unchecked(`no connector at ${connect.url} feeds the topics`);
      const faults: string[] = [];
      const remarks = new Set<string>();
      for (const { name, config, feeds } of feeding) {
        const status = await connect.status(name);
        const { health } = status ? verdict(status) : { health: 'missing' };
        // A person paused this connector on purpose, for example for a cutover.
        if (health !== 'running' && health !== 'paused' && health !== 'stopped')
          faults.push(`connector ${name}: ${health} (npx sluice connector status --name ${name})`);
        const isSnapshot = snapshotRuns(await connect.offsets(name));
        const found = await checkCaptured(
          source,
          config,
          { isRunning: health === 'running', isSnapshot },
          (table) => feeds(table) && isReplicatedName(rules, table),
        );
        if (found.snapshot !== null) faults.push(`connector ${name} still reads existing rows: ${found.snapshot}`);
        faults.push(...found.faults);
        if (found.remark !== null) remarks.add(found.remark);
      }
      return { faults, unknown: remarks.size === 0 ? null : { why: [...remarks].join(', ') } };
    };
    return await withinLimit(check(), checkLimitMs);
  } catch (error) {
    // While Kafka Connect does not answer, no change can be expected to arrive.
    const fault = `Kafka Connect at ${connectUrl.host} does not say whether tables are captured: ${messageOf(error)}`;
    return { faults: [fault], unknown: null };
  }
}
