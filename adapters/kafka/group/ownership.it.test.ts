/** Proves on real Kafka which member reads which partition from which offset: after joins, fences and lost positions. */
import { afterEach, expect, test, vi } from 'vitest';
import type { Batch } from '../../../pipeline/batch.ts';
import type { Claims } from '../../../pipeline/ports.ts';
import { Window } from '../../../pipeline/window.ts';
import { bootstrap, describeServers, freshTopic, kafkaClient } from '../../../test/context.ts';
import { sluice, until } from '../../../test/sluice.ts';
import {
  checkpointOf,
  deleteUpTo,
  durableUpTo,
  events,
  HeldSink,
  ids,
  logEnd,
  numbers,
  observedClient,
  produce,
  recreate,
  startWorker,
  transaction,
  waitsForCredit,
  warnings,
  withAdmin,
} from '../../../test/source-worker.ts';
import { freshTarget } from '../../../test/target.ts';
import type { KafkaSource } from '../source/source.ts';

afterEach(() => void vi.restoreAllMocks());

describeServers('members of one group', () => {
  test('join and leave, and every record is applied once (rule 13)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(4);
    const total = 6_000;
    let sent = 0;
    const send = async (count: number) => {
      await produce(topic.name, events(sent, count));
      sent += count;
    };
    const read = async (): Promise<number> =>
      Number((await target.rows('select coalesce(sum(read), 0)::int as read from sluice.checkpoint'))[0]?.read);
    await send(1_000);
    await using first = await startWorker(target, topic.name, { window: new Window(200_000) });
    await until(async () => (await read()) > 0, 'the first member reads');
    await send(1_000);
    {
      await using second = await startWorker(target, topic.name, { window: new Window(200_000) });
      await send(1_000);
      await until(async () => second.source.positions().length === 2, 'the second member owns its half');
      await send(1_000);
      await until(async () => (await read()) >= 3_000, 'both read');
      await send(1_000);
      await second.stop();
    }
    await send(1_000);
    await until(async () => first.source.positions().length === 4, 'the first member owns all again');
    await until(async () => (await read()) >= total, 'all is read');
    await first.stop();
    expect(await ids(target)).toEqual(numbers(0, total));
    expect(
      await target.rows(
        'select sum(read)::int as read, sum(applied)::int as applied, sum(superseded)::int as superseded from sluice.checkpoint',
      ),
    ).toEqual([{ read: total, applied: total, superseded: 0 }]);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])(
    'read a partition that was taken over and given back from its checkpoint, without skipping a record (%i, %i) (rule 14)',
    async (data, control) => {
      await using target = await freshTarget();
      await using topic = await freshTopic(2);
      const window = new Window(100_000);
      const sink = new HeldSink(target.sink());
      const address = 'x'.repeat(10_000);
      await using worker = await startWorker(target, topic.name, { window, sink });
      await until(async () => worker.source.positions().length === 2, 'both partitions are owned');
      await produce(topic.name, events(0, 10), control);
      await until(async () => sink.groups.length === 1, 'records are in flight');

      // The other partition waits for credit, so one fetch will return both its next record and the aborted records.
      const never = new AbortController().signal;
      const before = window.held;
      expect(window.tryReserve(100_000 - before)).toBe(true);
      await produce(topic.name, events(100, 1, { address }), data);
      await until(async () => waitsForCredit(window), 'the other partition waits for credit');
      const blocked = window.reserve(100_000 - before - 30_000, never);
      await transaction(
        topic.name,
        events(200, 4).map((message) => ({ ...message, partition: control })),
        'abort',
      );
      await produce(topic.name, events(101, 1, { address: address.repeat(3) }), data);
      await until(async () => (await logEnd(topic.name, control)) === 15, 'the transaction has ended');
      window.release(100_000 - before);
      await blocked;
      await until(async () => waitsForCredit(window), 'the other partition waits for credit again');

      // Another owner takes the partition and writes nothing; the worker is fenced and claims it again.
      const [owner] = await target.rows(
        'update sluice.checkpoint set owner_epoch = owner_epoch + 1 where partition = $1 returning owner_epoch::int as epoch',
        [control],
      );
      sink.release();
      await until(async () => {
        const [row] = await target.rows(
          'select owner_epoch::int as epoch from sluice.checkpoint where partition = $1',
          [control],
        );
        return Number(row?.epoch) > Number(owner?.epoch) && worker.source.positions().length === 2;
      }, 'it is claimed again');
      window.release(100_000 - before - 30_000);
      await until(
        async () => (await checkpointOf(target, data)) === 2 && (await checkpointOf(target, control)) >= 10,
        'all is durable',
      );
      expect(await ids(target)).toEqual([...numbers(0, 10), 100, 101]);
      expect(window.held).toBe(0);
    },
  );

  test.each([
    [0, 1],
    [1, 0],
  ])(
    'pass control records that were fetched before the partition was claimed again, and continue after them (%i, %i) (rule 4)',
    async (data, control) => {
      // kafkajs shuffles the partitions of a fetch. A fixed order makes sure that the data come first in one of the two cases.
      vi.spyOn(Math, 'random').mockReturnValue(0.5);
      await using target = await freshTarget();
      await using topic = await freshTopic(2);
      const window = new Window(100_000);
      const taken: Batch<unknown>[] = [];
      const onTaken = (batch: Batch<unknown>) => void taken.push(batch);
      await using worker = await startWorker(target, topic.name, { window, onTaken });
      await produce(topic.name, events(0, 10), control);
      await until(async () => (await checkpointOf(target, control)) === 10, 'the first records are durable');

      // The other partition waits for credit, so one fetch will return both its next record and the aborted records.
      const never = new AbortController().signal;
      expect(window.tryReserve(100_000)).toBe(true);
      await produce(topic.name, events(100, 1), data);
      await until(async () => waitsForCredit(window), 'the other partition waits for credit');
      const blocked = window.reserve(70_000, never);
      await transaction(
        topic.name,
        events(200, 4).map((message) => ({ ...message, partition: control })),
        'abort',
      );
      await produce(topic.name, events(101, 1, { address: 'x'.repeat(35_000) }), data);
      await until(async () => (await logEnd(topic.name, control)) === 15, 'the transaction has ended');
      window.release(100_000);
      await blocked;
      await until(async () => waitsForCredit(window), 'the other partition waits for credit again');

      // The new claim seeks to the offset before the aborted records, which were fetched already.
      const former = taken.find(({ claim }) => claim.partition === control)?.claim;
      if (!former) throw new Error('no batch of the partition was emitted');
      worker.source.onFenced(former);
      await until(async () => {
        const [row] = await target.rows(
          'select owner_epoch::int as epoch from sluice.checkpoint where partition = $1',
          [control],
        );
        return Number(row?.epoch) > Number(former.epoch) && worker.source.positions().length === 2;
      }, 'it is claimed again');
      window.release(70_000);
      await produce(topic.name, events(300, 1), control);
      await Promise.race([
        until(
          async () => (await checkpointOf(target, data)) === 2 && (await checkpointOf(target, control)) === 16,
          'all is durable',
        ),
        worker.done,
      ]);
      expect(await ids(target)).toEqual([...numbers(0, 10), 100, 101, 300]);
    },
  );

  test('continue a partition kept in a rejoin at its checkpoint, even without offsets in Kafka (rule 13)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(2);
    for (const partition of [0, 1]) await produce(topic.name, events(partition * 100, 10), partition);
    // Without committed offsets, kafkajs starts each join at the beginning of the log.
    const kafka = observedClient((consumer) => {
      consumer.commitOffsets = async () => {};
    });
    const taken: Batch<unknown>[] = [];
    await using first = await startWorker(target, topic.name, { kafka, onTaken: (batch) => void taken.push(batch) });
    const durable = async (partition: number, offset: number) => (await checkpointOf(target, partition)) === offset;
    await until(async () => (await durable(0, 10)) && (await durable(1, 10)), 'all is durable');
    await using second = await startWorker(target, topic.name, { kafka: kafkaClient() });
    await until(async () => second.source.positions().length === 1, 'the second member owns its half');
    await until(async () => first.source.positions().length === 1, 'the first member owns its half');
    for (const partition of [0, 1]) await produce(topic.name, events(partition * 100 + 10, 5), partition);
    await until(async () => (await durable(0, 15)) && (await durable(1, 15)), 'all is durable again');
    const kept = first.source.positions()[0]?.partition;
    const again = taken.filter(({ claim }) => claim.partition === kept && claim.epoch > 1n);
    expect(again.map(({ from }) => from)[0]).toBe(10n);
    expect(
      await target.rows('select sum(read)::int as read, sum(superseded)::int as twice from sluice.checkpoint'),
    ).toEqual([{ read: 30, twice: 0 }]);
  });

  test('write records in flight at a rejoin before the claim, or not at all (rule 13)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(2);
    for (const partition of [0, 1]) await produce(topic.name, events(partition * 100, 10), partition);
    const sink = new HeldSink(target.sink());
    const window = new Window(1 << 20);
    await using first = await startWorker(target, topic.name, { sink, window });
    await until(async () => sink.groups.length > 0, 'a transaction runs');
    await using second = await startWorker(target, topic.name);
    await until(async () => first.source.positions().length === 0, 'the first member has joined again');
    expect(second.source.positions().length).toBeLessThanOrEqual(1);
    sink.release();
    const owned = (worker: { source: KafkaSource }) => worker.source.positions().length === 1;
    await until(async () => owned(first) && owned(second), 'both own their half');
    await until(async () => (await checkpointOf(target, 0)) + (await checkpointOf(target, 1)) === 20, 'all is durable');
    expect(await ids(target)).toEqual([...numbers(0, 10), ...numbers(100, 10)]);
    expect(await target.rows('select sum(read)::int as read from sluice.checkpoint')).toEqual([{ read: 20 }]);
    await until(async () => window.held === 0, 'dropped batches have returned their credit');
  });

  test('claim again after being fenced only once a later heartbeat was answered, and without leaving (rule 14)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    const heartbeats: { readonly began: number; readonly answered: number }[] = [];
    const claimedAt: number[] = [];
    let joins = 0;
    const kafka = observedClient((consumer) => {
      const { GROUP_JOIN, HEARTBEAT, REQUEST } = consumer.events;
      let began = 0;
      consumer.on(GROUP_JOIN, () => {
        joins += 1;
      });
      consumer.on(REQUEST, ({ payload }) => {
        if (payload.apiName === 'Heartbeat') began = payload.createdAt;
      });
      consumer.on(HEARTBEAT, ({ timestamp }) => void heartbeats.push({ began, answered: timestamp }));
    });
    const { logger, lines } = warnings();
    const around = (claims: Claims): Claims => ({
      ...claims,
      claim: (request) => {
        claimedAt.push(Date.now());
        return claims.claim(request);
      },
    });
    await using worker = await startWorker(target, topic.name, {
      kafka,
      logger,
      around,
      consumer: { heartbeatInterval: 1_000 },
    });
    for (const [round, id] of [0, 1, 2].entries()) {
      await produce(topic.name, events(id, 1));
      await durableUpTo(target, id + 1, worker);
      if (round === 2) break;
      await target.rows('update sluice.checkpoint set owner_epoch = owner_epoch + 1');
    }
    const fencedAt = lines.filter(({ message }) => message.includes('took the partition over'));
    expect(fencedAt.map(({ fields }) => fields)).toMatchObject([{ times: 1 }, { times: 2 }]);
    expect(claimedAt).toHaveLength(3);
    for (const [index, { at }] of fencedAt.entries()) {
      const claim = claimedAt[index + 1] ?? 0;
      const confirmed = heartbeats.filter(({ began, answered }) => began >= at && answered <= claim);
      expect(confirmed.length).toBeGreaterThan(0);
    }
    expect(joins).toBe(1);
    expect(await ids(target)).toEqual([0, 1, 2]);
  });

  test('read a partition that is added while they run from its first record (rule 6)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await using worker = await startWorker(target, topic.name, { from: 'latest', consumer: { metadataMaxAge: 500 } });
    await until(async () => worker.source.positions().length === 1, 'the partition is owned');
    await produce(topic.name, events(0, 1));
    await durableUpTo(target, 1, worker);
    await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: 2 }] }));
    await produce(topic.name, events(1, 3), 1);
    await until(async () => (await checkpointOf(target, 1)) === 3, 'the new partition is read');
    expect(await ids(target)).toEqual([0, 1, 2, 3]);
  });
});

describeServers('a position that Kafka no longer has', () => {
  test('is an error at the start, and no record is skipped (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await produce(topic.name, events(5, 5));
    await deleteUpTo(topic.name, 7);
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({
      code: 'lost_position',
      message: expect.stringContaining('from 5 to 7'),
    });
    expect(await checkpointOf(target)).toBe(5);
  });

  test.each([
    ['and records follow', 3],
    ['and nothing follows', 0],
  ])('is an error while running %s, and no record is skipped (rule 16)', async (_, following) => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    const window = new Window(10_000);
    const sink = new HeldSink(target.sink());
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name, { window, sink });
    await until(async () => sink.groups.length > 0, 'the first batch is in flight');
    // The second batch waits for credit, so retention removes the third before it is fetched.
    const address = 'x'.repeat(8_000);
    await produce(topic.name, events(5, 1, { address }));
    await until(async () => waitsForCredit(window), 'the second batch waits for credit');
    await produce(topic.name, events(6, 2));
    await deleteUpTo(topic.name, 8);
    sink.release();
    if (following > 0) await produce(topic.name, events(8, following));
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBeLessThanOrEqual(6);
  });

  test('because the topic was recreated is an error at the start (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await recreate(topic.name);
    await produce(topic.name, events(50, 2));
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({
      code: 'lost_position',
      message: expect.stringContaining('the log ends at 2'),
    });
  });

  test('because the topic was recreated is an error while running (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name);
    await durableUpTo(target, 5, worker);
    await recreate(topic.name);
    await produce(topic.name, events(50, 2));
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBe(5);
  });

  test('because the topic was recreated and has grown longer is detected by the last durable record (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    await recreate(topic.name);
    await produce(topic.name, events(50, 20));
    await using worker = await startWorker(target, topic.name);
    await expect(worker.done).rejects.toMatchObject({ code: 'lost_position' });
    expect(await checkpointOf(target)).toBe(5);
  });

  test.each([
    ['earliest', [...numbers(0, 5), 7, 8, 9, 10], '7', '2'],
    ['latest', [...numbers(0, 5), 10], '10', '5'],
  ] as const)(
    "moves to the log's %s with a warning when the option says so (rule 16)",
    async (onLostPosition, read, movedTo, gone) => {
      await using target = await freshTarget();
      await using topic = await freshTopic();
      await produce(topic.name, events(0, 5));
      {
        await using worker = await startWorker(target, topic.name);
        await durableUpTo(target, 5, worker);
        await worker.stop();
      }
      await produce(topic.name, events(5, 5));
      await deleteUpTo(topic.name, 7);
      const { logger, lines } = warnings();
      await using worker = await startWorker(target, topic.name, { onLostPosition, logger });
      await until(async () => worker.source.positions().length === 1, 'the partition is owned');
      await produce(topic.name, events(10, 1));
      await durableUpTo(target, 11, worker);
      expect(await ids(target)).toEqual(read);
      expect(lines).toMatchObject([
        { fields: { partition: 0, nextOffset: '5', movedTo, gone }, message: expect.stringContaining('from 5 to 7') },
      ]);
      expect(await target.rows('select owner_epoch::int as epoch from sluice.checkpoint')).toEqual([{ epoch: 2 }]);
    },
  );

  test('while running moves behind the records in flight when the option says so (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    const window = new Window(20_000);
    expect(window.tryReserve(9_000)).toBe(true);
    const sink = new HeldSink(target.sink());
    const { logger, lines } = warnings();
    const taken: Batch<unknown>[] = [];
    const onTaken = (batch: Batch<unknown>) => void taken.push(batch);
    await produce(topic.name, events(0, 5));
    await using worker = await startWorker(target, topic.name, {
      window,
      sink,
      logger,
      onTaken,
      onLostPosition: 'earliest',
    });
    await until(async () => sink.groups.length > 0, 'the first batch is being written');
    await produce(topic.name, events(5, 1));
    await until(async () => taken.length === 2, 'the second batch waits to be written');
    await produce(topic.name, events(6, 1, { address: 'x'.repeat(3_000) }));
    await until(async () => waitsForCredit(window), 'the third batch waits for credit');
    await produce(topic.name, events(7, 2));
    await deleteUpTo(topic.name, 9);
    await produce(topic.name, events(9, 2));
    window.release(9_000);
    await until(async () => lines.length > 0, 'the gap is seen');
    expect(lines[0]).toMatchObject({ fields: { nextOffset: '7' }, message: expect.stringContaining('from 7 to 9') });
    sink.release();
    await durableUpTo(target, 11, worker);
    // The records at 5 and 6 are gone from the log, too, but they had been read.
    expect(await ids(target)).toEqual([...numbers(0, 7), 9, 10]);
    expect(lines.at(-1)).toMatchObject({ fields: { nextOffset: '7', movedTo: '9', gone: '2' } });
    expect(await target.rows('select read::int, applied::int from sluice.checkpoint')).toEqual([
      { read: 9, applied: 9 },
    ]);
  });

  test.each(['while it runs', 'while it is stopped', 'while it is stopped, and has grown longer'] as const)(
    'because the topic was recreated %s moves to the new topic when the option says so (rule 16)',
    async (when) => {
      await using target = await freshTarget();
      await using topic = await freshTopic();
      await produce(topic.name, [{ key: 'x', value: 'no JSON' }, ...events(0, 4)]);
      const count = when.includes('longer') ? 20 : 3;
      const fill = async () => {
        await recreate(topic.name);
        await produce(topic.name, [{ key: 'y', value: 'no JSON either' }, ...events(50, count)]);
      };
      const onLostPosition = 'earliest';
      {
        await using worker = await startWorker(target, topic.name, { onLostPosition });
        await durableUpTo(target, 5, worker);
        if (when === 'while it runs') {
          await fill();
          await until(async () => (await checkpointOf(target)) === count + 1, 'the new topic is read');
        }
        await worker.stop();
      }
      if (when !== 'while it runs') {
        await fill();
        await using worker = await startWorker(target, topic.name, { onLostPosition });
        await until(async () => (await ids(target)).includes(50 + count - 1), 'the new topic is read');
        await durableUpTo(target, count + 1, worker);
      }
      expect(await ids(target)).toEqual([...numbers(0, 4), ...numbers(50, count)]);
      expect(await target.rows('select read::int, applied::int, parked::int from sluice.checkpoint')).toEqual([
        { read: 5 + count + 1, applied: 4 + count, parked: 2 },
      ]);
      const letters = await target.rows(
        `select convert_from(value, 'UTF8') as value from sluice.dead_letter order by id`,
      );
      expect(letters).toEqual([{ value: 'no JSON' }, { value: 'no JSON either' }]);
    },
  );

  test('is none when the former owner wrote more while the claim waited (rule 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 5, worker);
      await worker.stop();
    }
    // After the end of the topic was read, more records arrive, and the former owner writes them.
    const around = (claims: Claims): Claims => ({
      ...claims,
      claim: async (request) => {
        await produce(topic.name, events(5, 5));
        await target.rows('update sluice.checkpoint set next_offset = 10, last_hash = null');
        return await claims.claim(request);
      },
    });
    await using worker = await startWorker(target, topic.name, { around });
    await until(async () => worker.source.positions().length === 1, 'the partition is owned');
    await produce(topic.name, events(10, 1));
    await durableUpTo(target, 11, worker);
    expect(await ids(target)).toEqual([...numbers(0, 5), 10]);
  });

  test('does not count as caught up (rules 5 and 16)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    const env = {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
      DATABASE_URL: target.url,
      KAFKA_TOPIC: topic.name,
      KAFKA_GROUP_ID: topic.name,
    };
    expect(await sluice(['run', '--until-caught-up'], { env })).toEndWith(0);
    await recreate(topic.name);
    await produce(topic.name, events(50, 2));
    expect(await sluice(['run', '--until-caught-up'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the log ends at 2.*--on-lost-position/s),
    });
    expect(await sluice(['run', '--until-caught-up', '--on-lost-position', 'earliest'], { env })).toMatchObject({
      code: 0,
    });
    expect(await ids(target)).toEqual([...numbers(0, 5), 50, 51]);
  });
});
