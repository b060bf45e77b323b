/** Writes the events of a pipeline to its log, one line each. `parked` has none: the periodic line and the last one count. */
import type { PipelineEvent, RetryingEvent } from '../pipeline/events.ts';
import { adviceFor, describeMisfit } from '../pipeline/misfit.ts';
import type { Logger } from '../pipeline/ports.ts';

/** What happens after an error, in one sentence. */
export const sayRetrying = ({
  server,
  isConnection,
  advice,
}: Pick<RetryingEvent, 'server' | 'isConnection' | 'advice'>): string =>
  isConnection ? `Connection to ${server} lost; retrying` : `${server}: ${advice} Retrying.`;

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`;

/** The subscriber that writes to this logger. */
export const logEvents =
  (logger: Logger) =>
  (event: PipelineEvent): void => {
    switch (event.type) {
      case 'committed':
      case 'parked':
        break;
      case 'retrying': {
        const { type: _, server, isConnection, advice, code, error, attempt, ...by } = event;
        const fields = { ...by, code, ...(attempt === undefined ? {} : { attempt }), error };
        logger.warn(fields, sayRetrying(event));
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
        const text = `${describeMisfit(misfit)}. The table waits, the others go on. ${adviceFor(misfit)}`;
        logger.error({ table, statements }, text);
        break;
      }
      case 'tableReleased':
        logger.info({ table: event.table }, 'the table takes its changes again');
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
        logger.debug({ claimed }, 'claimed partitions; reading goes on at these offsets');
        break;
      }
      case 'fenced': {
        const { topic, partition, times } = event;
        logger.warn({ topic, partition, times }, 'another worker took the partition over');
        break;
      }
      case 'postponed': {
        const { topic, partition, isHeld } = event;
        const what = isHeld ? 'for its table to be altered' : 'for another partition';
        logger.debug({ topic, partition }, `what comes next waits ${what}`);
        break;
      }
      case 'positionLost': {
        const { topic, partition, nextOffset, why } = event;
        logger.warn({ topic, partition, nextOffset: String(nextOffset) }, `the position is lost: ${why}`);
        break;
      }
      case 'stalled':
        logger.warn(event.read, 'Kafka does not answer; it is asked again and again');
        break;
      case 'resumed':
        logger.info(event.read, 'Kafka answers again');
        break;
      case 'clockSetBack':
        logger.warn(event.read, 'the clock was set back; the group is joined again');
        break;
      case 'topicsChanged': {
        const { count, added, gone, isFirst } = event;
        const what = isFirst ? 'these topics match' : 'other topics match than before';
        logger.info({ count, added, gone }, what);
        break;
      }
      case 'noTopics':
        logger.info(event.read, 'no topic matches; whichever comes is read');
        break;
      case 'stopping': {
        const { partitions, offsetsTaken } = event;
        const text = 'stopping: nothing more is taken, what was taken is written';
        logger.debug({ partitions, offsetsTaken }, text);
        break;
      }
      case 'left':
        if (event.inTime) logger.debug({}, 'left the group');
        else logger.warn({}, 'Kafka did not answer when leaving the group');
        break;
    }
  };
