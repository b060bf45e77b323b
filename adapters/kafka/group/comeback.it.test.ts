/** Proves on real Kafka that a member whose consumer has ended owns nothing, rejoins as one member, and loses nothing. */
import { afterEach, expect, test, vi } from 'vitest';
import { PipelineError } from '../../../pipeline/errors.ts';
import { Window } from '../../../pipeline/window.ts';
import { logEvents } from '../../../services/event-log.ts';
import { describeServers, freshTopic, kafkaClient } from '../../../test/context.ts';
import { until } from '../../../test/sluice.ts';
import {
  durableUpTo,
  events,
  HeldSink,
  ids,
  numbers,
  observedClient,
  produce,
  silent,
  startWorker,
  warnings,
  withAdmin,
} from '../../../test/source-worker.ts';
import { claimsOf, freshTarget } from '../../../test/target.ts';
import { Ownership } from './ownership.ts';

afterEach(() => void vi.restoreAllMocks());

const members = (groupId: string): Promise<number | undefined> =>
  withAdmin(async (admin) => (await admin.describeGroups([groupId])).groups[0]?.members.length);

describeServers('a member of the group', () => {
  test('owns nothing after its consumer failed until it has joined again, and then continues (rule 13)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    let joins = 0;
    const kafka = observedClient((consumer) => {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        joins += 1;
      });
    });
    const window = new Window(1 << 20);
    const sink = new HeldSink(target.sink());
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name, { kafka, window, sink });
    await until(async () => sink.groups.length > 0, 'records are in flight');
    // What kafkajs does not try again by itself.
    const outage = new PipelineError('unknown_partition', 'it passes', { advice: 'Wait.' });
    vi.spyOn(window, 'tryReserve').mockImplementationOnce(() => {
      throw Object.assign(outage, { retriable: false });
    });
    await produce(topic.name, events(5, 5));
    await until(async () => worker.source.positions().length === 0, 'nothing is owned');
    expect(joins).toBe(1);
    expect(worker.source.settled).toBe(false);
    sink.release();
    await durableUpTo(target, 10, worker);
    expect(joins).toBe(2);
    expect(await ids(target)).toEqual(numbers(0, 10));
    expect(await target.rows('select read::int from sluice.checkpoint')).toEqual([{ read: 10 }]);
  });

  test('leaves the claim to the next join when its consumer has ended meanwhile (rule 13)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    const kafka = kafkaClient();
    // This consumer has no group, like one after kafkajs gave up.
    const consumer = kafka.consumer({ groupId: topic.name });
    const ends: string[] = [];
    const logger = { ...silent, debug: (_: object, message: string) => void ends.push(message) };
    const ownership = new Ownership({
      kafka,
      from: () => 'earliest',
      onLostPosition: 'fail',
      claims: claimsOf(target.database, 'p', 'sequence', { logger: silent }),
      logger,
      events: { emit: logEvents(logger) },
      consumer: () => consumer,
      suspensions: () => 0,
      onChange: () => undefined,
      onError: (error) => void ends.push(`failed: ${error}`),
    });
    ownership.joined([{ topic: topic.name, partition: 0 }]);
    await until(async () => ends.length === 2, 'the claim has ended');
    expect(ends).toEqual([
      'the consumer was not running when it was to pause',
      'the consumer was not running when it was to resume',
    ]);
    expect(ownership.claims).toEqual([]);
    expect(ownership.complete).toBe(false);
  });

  test('joins once more when the clock is set back during its join, and remains one member', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    let mayJoin = () => {};
    const held = new Promise<void>((resolve) => (mayJoin = resolve));
    const joins: Promise<void>[] = [];
    const kafka = observedClient((consumer) => {
      const run = consumer.run.bind(consumer);
      consumer.run = (config) => {
        const join = held.then(() => run(config));
        joins.push(join);
        return join;
      };
    });
    const { logger, lines } = warnings();
    await using worker = await startWorker(target, topic.name, { kafka, logger });
    await until(async () => joins.length === 1, 'the member is about to join');
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    await until(async () => lines.some(({ message }) => message.includes('clock')), 'the member has noticed');
    mayJoin();
    await until(async () => joins.length === 2, 'the member joins once more');
    await Promise.all(joins);
    expect(await members(topic.name)).toBe(1);
    await durableUpTo(target, 5, worker);
    await produce(topic.name, events(5, 5));
    await durableUpTo(target, 10, worker);
    expect(await ids(target)).toEqual(numbers(0, 10));
  });
});
