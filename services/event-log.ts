/**
 * Writes one log line per event. Events of single transactions have no line; the `progress` line sums them up.
 */
import type { RetryingEvent } from '../pipeline/events.ts';
import { adviceFor, describeMisfit } from '../pipeline/misfit.ts';
import { describeReasons } from '../pipeline/parked-reasons.ts';
import type { Logger } from '../pipeline/ports.ts';
import type { CaughtUpEvent, OwnColumnsEvent, ServiceEvent, StartIgnoredEvent, UnseenRowsEvent } from './events.ts';
import { neutralWords, type Words } from './words.ts';

/** Returns the sentence of a `retrying` event. */
export const describeRetry = ({
  server,
  isConnection,
  advice,
}: Pick<RetryingEvent, 'server' | 'isConnection' | 'advice'>): string =>
  isConnection ? `Connection to ${server} lost; retrying` : `${server}: ${advice} Retrying.`;

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** Most positions that one line names. */
const maxNamedPositions = 4;

/** Returns a subscriber that writes events to this logger. */
export const logEvents =
  (logger: Logger, words: Words = neutralWords) =>
  (event: ServiceEvent): void => {
    switch (event.type) {
      case 'committed':
      case 'parked':
      case 'workerCommitted':
        break;
      case 'notice':
        logger[event.level](event.fields, event.message);
        break;
      case 'retrying': {
        const { type: _, server, isConnection, advice, code, error, attempt, ...by } = event;
        const fields = { ...by, code, ...(attempt === undefined ? {} : { attempt }), error };
        logger.warn(fields, describeRetry(event));
        break;
      }
      case 'recovered': {
        const { lane, attempts, server } = event;
        logger.info({ lane, attempts }, `${server} takes transactions again`);
        break;
      }
      case 'tableHeld': {
        const { misfit } = event;
        const { table, statements } = misfit;
        const text = `${describeMisfit(misfit)}. Changes of this table wait; other tables continue. ${adviceFor(misfit)}`;
        logger.error({ table, statements }, text);
        break;
      }
      case 'tableReleased':
        logger.info({ table: event.table }, 'changes are applied to the table again');
        break;
      case 'joined':
        logger.info({ partitions: event.partitions.map(idOf) }, 'joined the group');
        break;
      case 'claimed': {
        const claimed = event.partitions.map(({ nextOffset, epoch, ...one }) => ({
          partition: idOf(one),
          at: String(nextOffset),
          epoch: String(epoch),
        }));
        logger.debug({ claimed }, 'claimed partitions; reading continues at these offsets');
        break;
      }
      case 'fenced': {
        const { topic, partition, times } = event;
        logger.warn({ topic, partition, times }, 'another worker took the partition over');
        break;
      }
      case 'postponed': {
        const { topic, partition, isHeld } = event;
        const blocker = isHeld ? 'its table to be altered' : 'another partition';
        logger.debug({ topic, partition }, `the next record waits for ${blocker}`);
        break;
      }
      case 'positionLost': {
        const { topic, partition, nextOffset, why } = event;
        logger.warn({ topic, partition, nextOffset: String(nextOffset) }, `the position is lost: ${why}`);
        break;
      }
      case 'stalled':
        logger.warn(event.read, 'Kafka does not answer; retrying');
        break;
      case 'resumed':
        logger.info(event.read, 'Kafka answers again');
        break;
      case 'clockSetBack':
        logger.warn(event.read, 'the system clock was set back; rejoining the group');
        break;
      case 'topicsChanged': {
        const { count, added, gone, isFirst } = event;
        const what = isFirst ? 'these topics match' : 'the matching topics have changed';
        logger.info({ count, added, gone }, what);
        break;
      }
      case 'noTopics':
        logger.info(event.read, 'no topic matches; new topics that match will be read');
        break;
      case 'stopping': {
        const { partitions, offsetsTaken } = event;
        const text = 'stopping: no more records are read; the records already read are written';
        logger.debug({ partitions, offsetsTaken }, text);
        break;
      }
      case 'left':
        if (event.inTime) logger.debug({}, 'left the group');
        else logger.warn({}, 'Kafka did not answer when leaving the group');
        break;
      case 'schemaMigrated':
        logger.info({ migrations: event.versions }, 'brought the schema up to date');
        break;
      case 'topicCreated':
        logger.info({ topic: event.topic, partitions: event.partitions }, 'created the topic');
        break;
      case 'ownColumns':
        logOwnColumns(logger, words, event);
        break;
      case 'startIgnored': {
        const { pipeline, from, checkpoints } = event;
        const fields = checkpoints.length === 0 ? {} : { pipeline, from };
        logger.warn(fields, words.startIgnored(event, describePositions(event)));
        break;
      }
      case 'progress': {
        const { figures, parked, reasons } = event;
        if (parked === 0) logger.info(figures, 'written');
        else logger.warn(figures, `written, ${parked} parked; since the start ${describeReasons(reasons)}`);
        break;
      }
      case 'stopped':
        logger.info({ ...event.counts }, 'done');
        break;
      case 'fieldsLeftOut': {
        const text = `fields that no column takes were left out: ${event.described}; docs/start/your-own-data.md maps other names`;
        logger.warn({ unknownFields: event.names }, text);
        break;
      }
      case 'recordsParked': {
        const { records, reasons, since } = event;
        const what = records === 1 ? '1 record' : `${records} records`;
        logger.warn({ parked: records }, `${what} parked: ${describeReasons(reasons)}${words.showParked(since)}`);
        break;
      }
      case 'workerStarted':
        logger.info({ worker: event.worker, pid: event.pid }, 'started a worker');
        break;
      case 'workerRestarting': {
        const { worker, code, signal, error } = event;
        logger.warn({ worker, code, signal, error }, 'a worker ended and is started again');
        break;
      }
      case 'workersDone': {
        const { workers, restarts, counts } = event;
        logger.info({ workers, restarts, ...counts }, 'all workers are done');
        break;
      }
      case 'unseenRows': {
        const { table, rows, why, isDeleted } = event;
        const fate = isDeleted ? 'are deleted' : `stay${why === 'without key' ? '' : words.removeUnseen}`;
        logger.warn({ table, rows }, `rows ${unseenRows[why]}, and ${fate}`);
        break;
      }
      case 'sequencesUnset': {
        const { statements } = event;
        const text = `${statements.length} sequences of the replica are not set, because no source is known: ${words.setSequences}`;
        logger.warn({ statements }, text);
        break;
      }
      case 'caughtUp':
        logCaughtUp(logger, words, event);
        break;
    }
  };

/** Logs one line for each column of the user's own functions that was added, adopted, changed or left without a function. */
function logOwnColumns(logger: Logger, words: Words, { added, adopted, changed, removed }: OwnColumnsEvent): void {
  for (const column of added) {
    const text = `added a column for your function; rows written before have NULL${words.backfill(column)}`;
    logger.info({ column }, text);
  }
  for (const column of adopted) logger.info({ column }, 'your function fills a column that was there already');
  for (const column of changed) {
    const text = `your function has changed: rows written before keep the old values${words.backfill(column)}`;
    logger.warn({ column }, text);
  }
  for (const { column, file } of removed) {
    const text = `your function is gone: its column stays, and rows keep their values${words.dropColumn(column)}`;
    logger.warn({ column, file }, text);
  }
}

/** Returns the first positions and the number of the others; an empty text if there are none. */
function describePositions({ checkpoints }: StartIgnoredEvent): string {
  const named = checkpoints
    .slice(0, maxNamedPositions)
    .map(({ topic, partition, nextOffset }) => `${topic}/${partition}: ${nextOffset}`);
  const others = checkpoints.length - named.length;
  return `${named.join(', ')}${others === 0 ? '' : ` and ${others} more`}`;
}

function logCaughtUp(logger: Logger, words: Words, event: CaughtUpEvent): void {
  const { isComplete, tables, counts, deadLetters, checkedConstraints: checked, unknown } = event;
  const { read, applied, superseded, filtered, parked } = counts;
  const fields = { tables, ...counts, deadLetters, heldBack: 0, constraints: checked };
  const account = [
    `${several(tables, 'table')}: ${read} read = ${applied} applied + ${superseded} superseded + ${filtered} filtered + ${parked} parked`,
    'no row is held back',
    `${several(checked, 'foreign key or deferrable constraint', 'foreign keys and deferrable constraints')} checked, all constraints hold`,
    ...(unknown === null ? [] : [describeUnknown(words, unknown)]),
    'rows were not compared with those of the source',
  ].join('; ');
  if (isComplete) logger.info(fields, `caught up: ${account}`);
  else logger.warn(fields, `caught up with what is in the topics, but the replica lacks data: ${account}`);
}

const several = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

function describeUnknown(words: Words, unknown: NonNullable<CaughtUpEvent['unknown']>): string {
  if ('why' in unknown) return unknown.why;
  const how = unknown.unnamed === 'source' ? words.nameSource : words.nameConnect;
  return `it is unknown whether every table is captured (${how})`;
}

const unseenRows: Readonly<Record<UnseenRowsEvent['why'], string>> = {
  'not in the snapshot': 'are not in the snapshot that was taken again',
  'source table is empty': 'belong to a table that was already empty at the source at the last snapshot',
  'without key':
    'belong to a table without a key that was empty in the snapshot that was taken again, so some may be from before it; ' +
    'another new copy replaces them all',
};
