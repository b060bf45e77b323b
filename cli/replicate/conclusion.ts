/**
 * The last word of a replica that has caught up: what became of all records, what was checked, what is not known. While
 * data are known to be missing it is an error.
 */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { snapshotRuns } from '../../adapters/kafka-connect/definitions.ts';
import type { Database } from '../../adapters/postgres/connection.ts';
import type { Verified } from '../../adapters/postgres/replica/verify.ts';
import { describeDeadLetters } from '../../monitor/parked.ts';
import { exitCodes, messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { isReplicated, type TransformConfig } from '../../pipeline/transform/config.ts';
import { parseTableName } from '../../schemas/table-name.ts';
import { lookAtCaptured } from '../connector/captured.ts';
import { feedingConnectors } from '../connector/feeding.ts';
import { localConnectUrl } from '../connector/servers.ts';
import { verdict } from '../connector/status.ts';
import { type DeadLetterQuery, deadLetterCommand } from '../dead-letter-query.ts';
import { withinLimit } from '../within-limit.ts';

/** Milliseconds for Kafka Connect and the source to say how the tables are. */
const lookLimitMs = 60_000;

/** What was replicated, and whom to ask about it. */
export type Feed = {
  readonly topics: readonly string[];
  /** Whether a topic of this name is read. */
  readonly isRead: (topic: string) => boolean;
  readonly rules: TransformConfig;
  readonly source: Database | undefined;
  readonly connectUrl: URL | undefined;
  readonly logger: Logger;
};

/** What the connectors say: faults with their remedies, and what nobody could say. */
export type Captured = { readonly faults: readonly string[]; readonly unknown: string | null };

/** Says it. Throws `records_parked` (exit 3) or `replica_incomplete` (exit 5) when the replica is known to lack data. */
export function conclude(
  { parked, tables, checked, books }: Verified,
  { faults, unknown }: Captured,
  { deadLetters, logger }: { readonly deadLetters: DeadLetterQuery; readonly logger: Logger },
): void {
  const { read, applied, superseded, filtered } = books;
  const counts = { tables, ...books, deadLetters: parked.records, heldBack: 0, constraints: checked };
  const said = [
    `${several(tables, 'table')}: ${read} read = ${applied} applied + ${superseded} superseded + ${filtered} filtered + ${books.parked} parked`,
    'no row is held back',
    `${several(checked, 'foreign key or deferrable constraint', 'foreign keys and deferrable constraints')} checked, all constraints hold`,
    ...(unknown === null ? [] : [unknown]),
    'rows were not compared with those of the source',
  ].join('; ');
  if (parked.records === 0 && faults.length === 0) {
    logger.info(counts, `caught up: ${said}`);
    return;
  }
  logger.warn(counts, `caught up with what is in the topics, but the replica lacks data: ${said}`);
  if (parked.records > 0) {
    const what = describeDeadLetters(parked) ?? '';
    throw new PipelineError('records_parked', `rows are missing or out of date: ${what}`, {
      advice: `Everything else is durable. See them: ${deadLetterCommand(deadLetters)}`,
      exit: exitCodes.books,
    });
  }
  throw new PipelineError('replica_incomplete', `changes of captured tables do not arrive: ${faults[0]}`, {
    advice: 'What is in the topics is durable. `npx sluice connector status` names every table and what to do.',
    exit: exitCodes.stalled,
  });
}

const several = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

const isWanted = (rules: TransformConfig, name: string): boolean => {
  const table = parseTableName(name);
  return table === undefined || isReplicated(rules, table);
};

/** Asks the connectors that feed the topics, and says every fault, whatever else the run ends with. */
export async function lookAtFeeding(feed: Feed): Promise<Captured> {
  const captured = await askFeeding(feed);
  for (const fault of captured.faults) feed.logger.error({}, fault);
  return captured;
}

async function askFeeding({ topics, isRead, rules, source, connectUrl }: Feed): Promise<Captured> {
  const unasked = (why: string): Captured => ({
    faults: [],
    unknown: `whether every table is captured is not known (${why})`,
  });
  if (source === undefined) return unasked('--source-url names the source');
  const url = connectUrl ?? localConnectUrl();
  if (url === undefined) return unasked('--connect-url names Kafka Connect');
  try {
    const connect = connectClient(url);
    const look = async (): Promise<Captured> => {
      const feeding = await feedingConnectors(connect, topics, isRead);
      if (feeding.length === 0) return unasked(`no connector at ${connect.url} feeds the topics`);
      const faults: string[] = [];
      const remarks = new Set<string>();
      for (const { name, config, feeds } of feeding) {
        const status = await connect.status(name);
        const { health } = status ? verdict(status) : { health: 'missing' };
        // Who pauses a connector has ended the capture, such as for a cut-over.
        if (health !== 'running' && health !== 'paused' && health !== 'stopped')
          faults.push(`connector ${name}: ${health} (npx sluice connector status --name ${name})`);
        const isSnapshot = snapshotRuns(await connect.offsets(name));
        const found = await lookAtCaptured(
          source,
          config,
          { isRunning: health === 'running', isSnapshot },
          (table) => feeds(table) && isWanted(rules, table),
        );
        if (found.snapshot !== null)
          faults.push(`connector ${name} still reads rows that were there: ${found.snapshot}`);
        faults.push(...found.faults);
        if (found.remark !== null) remarks.add(found.remark);
      }
      return { faults, unknown: remarks.size === 0 ? null : [...remarks].join(', ') };
    };
    return await withinLimit(look(), lookLimitMs);
  } catch (error) {
    // A Kafka Connect that does not answer brings nothing, as far as anybody can say.
    return {
      faults: [`Kafka Connect at ${url.host} does not say whether tables are captured: ${messageOf(error)}`],
      unknown: null,
    };
  }
}
