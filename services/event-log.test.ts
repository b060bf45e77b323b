/** Proves that each event is logged at its level, with its fields in order and its sentence. */
import { expect, test } from 'vitest';
import { zeroCounts } from '../pipeline/batch.ts';
import type { PipelineEvent } from '../pipeline/events.ts';
import type { Logger } from '../pipeline/ports.ts';
import { logEvents } from './event-log.ts';

const partition = { topic: 't', partition: 1 };

/** Returns the log lines of an event. Fields are JSON, because the log shows them in this order. */
function linesOf(event: PipelineEvent): string[] {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  logEvents(logger)(event);
  return lines;
}

const lost = { type: 'retrying', server: 'a server', code: 'c', error: 'e', advice: 'Wait.' } as const;
const misfit = { table: 'public.t', reason: 'it has no column v', statements: ['ALTER …;'], note: null };

test.each<[PipelineEvent, string | undefined]>([
  [{ type: 'committed', counts: zeroCounts, batches: [] }, undefined],
  [{ type: 'parked', ...partition, reasons: [['missing_field (id)', 2]] }, undefined],
  [
    { ...lost, isConnection: true, lane: 2, attempt: 4 },
    'warn {"lane":2,"code":"c","attempt":4,"error":"e"} Connection to a server lost; retrying',
  ],
  [
    { ...lost, isConnection: false, topic: 't', attempt: 1 },
    'warn {"topic":"t","code":"c","attempt":1,"error":"e"} a server: Wait. Retrying.',
  ],
  [{ ...lost, isConnection: false }, 'warn {"code":"c","error":"e"} a server: Wait. Retrying.'],
  [
    { type: 'recovered', server: 'a server', lane: 1, attempts: 3 },
    'info {"lane":1,"attempts":3} a server takes transactions again',
  ],
  [
    { type: 'tableHeld', ...partition, misfit },
    'error {"table":"public.t","statements":["ALTER …;"]} public.t is defined differently from its source: it has no column v. Changes of this table wait; other tables continue. Run at the target: ALTER …;',
  ],
  [
    { type: 'tableReleased', ...partition, table: 'public.t' },
    'info {"table":"public.t"} changes are applied to the table again',
  ],
  [{ type: 'joined', partitions: [partition] }, 'info {"partitions":["t/1"]} joined the group'],
  [
    { type: 'claimed', partitions: [{ ...partition, nextOffset: 7n, epoch: 3n }] },
    'debug {"claimed":[{"partition":"t/1","at":"7","epoch":"3"}]} claimed partitions; reading continues at these offsets',
  ],
  [
    { type: 'fenced', ...partition, times: 2 },
    'warn {"topic":"t","partition":1,"times":2} another worker took the partition over',
  ],
  [
    { type: 'postponed', ...partition, isHeld: true },
    'debug {"topic":"t","partition":1} the next record waits for its table to be altered',
  ],
  [
    { type: 'postponed', ...partition, isHeld: false },
    'debug {"topic":"t","partition":1} the next record waits for another partition',
  ],
  [
    { type: 'positionLost', ...partition, nextOffset: 9n, why: 'it expired' },
    'warn {"topic":"t","partition":1,"nextOffset":"9"} the position is lost: it expired',
  ],
  [{ type: 'stalled', read: { topics: '^t' } }, 'warn {"topics":"^t"} Kafka does not answer; retrying'],
  [{ type: 'resumed', read: { topic: 't' } }, 'info {"topic":"t"} Kafka answers again'],
  [
    { type: 'clockSetBack', read: { topic: 't' } },
    'warn {"topic":"t"} the system clock was set back; rejoining the group',
  ],
  [
    { type: 'topicsChanged', count: 1, added: ['t'], gone: [], isFirst: true },
    'info {"count":1,"added":["t"],"gone":[]} these topics match',
  ],
  [
    { type: 'topicsChanged', count: 0, added: [], gone: ['t'], isFirst: false },
    'info {"count":0,"added":[],"gone":["t"]} the matching topics have changed',
  ],
  [
    { type: 'noTopics', read: { topics: '^t' } },
    'info {"topics":"^t"} no topic matches; new topics that match will be read',
  ],
  [
    { type: 'stopping', partitions: 2, offsetsTaken: 5 },
    'debug {"partitions":2,"offsetsTaken":5} stopping: no more records are read; the records already read are written',
  ],
  [{ type: 'left', inTime: true }, 'debug {} left the group'],
  [{ type: 'left', inTime: false }, 'warn {} Kafka did not answer when leaving the group'],
])('an event is logged with its level, fields and sentence (case %#)', (event, line) => {
  expect(linesOf(event)).toEqual(line === undefined ? [] : [line]);
});
