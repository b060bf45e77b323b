/** Proves on real Kafka that the source loses, repeats and skips nothing, and holds little in memory. */
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { Window } from '../../../pipeline/window.ts';
import { bootstrap, describeServers, freshTopic } from '../../../test/context.ts';
import { sluice, until } from '../../../test/sluice.ts';
import {
  checkpointOf,
  durableUpTo,
  events,
  HeldSink,
  ids,
  logEnd,
  numbers,
  produce,
  startWorker,
  transaction,
  waitsForCredit,
} from '../../../test/source-worker.ts';
import { freshTarget } from '../../../test/target.ts';

describeServers('the Kafka source', () => {
  test('passes control records and aborted transactions, also at the end of the log (rule 4)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await transaction(topic.name, events(0, 5), 'commit');
    await transaction(topic.name, events(100, 5), 'abort');
    await using worker = await startWorker(target, topic.name);
    // The broker writes the markers after it has answered the producer.
    const end = 12;
    await until(async () => (await logEnd(topic.name)) === end, 'the last marker is in the log');
    await durableUpTo(target, end, worker);

    await transaction(topic.name, events(200, 3), 'abort');
    await durableUpTo(target, end + 4, worker);
    await produce(topic.name, events(5, 1));
    await durableUpTo(target, end + 5, worker);
    expect(await ids(target)).toEqual(numbers(0, 6));
    expect(await target.rows('select read::int, applied::int from sluice.checkpoint')).toEqual([
      { read: 6, applied: 6 },
    ]);
  });

  test('waits before an open transaction and continues when it commits (rule 4)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 3));
    await using worker = await startWorker(target, topic.name);
    await durableUpTo(target, 3, worker);
    await transaction(topic.name, events(3, 3), 'commit', async () => {
      await produce(topic.name, events(6, 3));
      await until(async () => worker.source.quiet, 'fetches bring nothing');
      expect(await checkpointOf(target)).toBe(3);
    });
    await durableUpTo(target, 10, worker);
    expect(await ids(target)).toEqual(numbers(0, 9));
  });

  test('lets sluice run --until-caught-up end when the log ends with aborted transactions (rule 5)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 3));
    await transaction(topic.name, events(100, 5), 'abort');
    await until(async () => (await logEnd(topic.name)) === 9, 'the marker is in the log');
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), DATABASE_URL: target.url, KAFKA_TOPIC: topic.name };
    const { code, stderr } = await sluice(['run', '--until-caught-up'], { env, limit: 30_000 });
    expect({ code, stderr }).toEndWith(0);
    expect(await checkpointOf(target)).toBe(9);
  });

  test('reads with --from latest only what is produced after its first start (rule 6)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    await produce(topic.name, events(0, 5));
    {
      await using worker = await startWorker(target, topic.name, { from: 'latest' });
      await until(async () => (await checkpointOf(target)) === 5, 'the first start is at the end');
      await worker.stop();
    }
    await produce(topic.name, events(5, 2));
    await using worker = await startWorker(target, topic.name, { from: 'latest' });
    await durableUpTo(target, 7, worker);
    expect(await ids(target)).toEqual([5, 6]);
  });

  test('holds no more than its window and one batch while the sink does not answer (rule 8)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(2);
    const size = 256 * 1024;
    const chunk = events(0, 200, { address: 'x'.repeat(1000) });
    for (const partition of [0, 1]) for (let i = 0; i < 10; i += 1) await produce(topic.name, chunk, partition);
    const window = new Window(size);
    const sink = new HeldSink(target.sink());
    await using worker = await startWorker(target, topic.name, { window, sink });
    let most = 0;
    await until(async () => sink.groups.length > 0, 'the sink is asked');
    // The source waits for credit, so it holds the most that it ever will.
    await until(async () => waitsForCredit(window) && worker.source.positions().length === 2, 'credit is short');
    const largest = Math.max(...sink.groups.flat().map(({ bytes }) => bytes));
    const sample = Date.now() + 1_000;
    await until(async () => {
      most = Math.max(most, window.held);
      return Date.now() > sample;
    }, 'a second has passed');
    expect(most).toBeLessThanOrEqual(Math.max(size, largest));
    sink.release();
    await until(
      async () => (await checkpointOf(target, 0)) + (await checkpointOf(target, 1)) === 4000,
      'all is durable',
    );
    expect(window.held).toBe(0);
  });

  test('admits a batch larger than the window, alone (rule 8)', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic(2);
    const address = 'x'.repeat(5_000);
    for (const partition of [0, 1]) await produce(topic.name, events(partition * 100, 3, { address }), partition);
    const window = new Window(1_000);
    const sink = new HeldSink(target.sink());
    await using worker = await startWorker(target, topic.name, { window, sink });
    await until(async () => waitsForCredit(window), 'the batch of the other partition waits');
    const [group = []] = sink.groups;
    expect(group).toHaveLength(1);
    expect(window.held).toBe(group[0]?.bytes);
    expect(window.held).toBeGreaterThan(15_000);
    sink.release();
    await until(async () => (await checkpointOf(target, 0)) + (await checkpointOf(target, 1)) === 6, 'all is durable');
    expect(window.held).toBe(0);
    expect(worker.source.positions().length).toBe(2);
  });
});

describeServers('a Kafka that stops answering', () => {
  test('does not delay the end of the process', async () => {
    await using target = await freshTarget();
    await using topic = await freshTopic();
    let frozen = false;
    const kafka = new Kafka({
      brokers: bootstrap().split(','),
      logLevel: logLevel.NOTHING,
      // Discards all bytes, like a pulled cable.
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connect({ host, port }, onConnect);
        const write = socket.write.bind(socket);
        socket.write = ((...args: Parameters<typeof write>) => (frozen ? true : write(...args))) as typeof write;
        return socket;
      },
    });
    await produce(topic.name, events(0, 3));
    await using worker = await startWorker(target, topic.name, { kafka });
    await durableUpTo(target, 3, worker);
    frozen = true;
    const since = Date.now();
    worker.source.stop();
    await worker.source.close();
    expect(Date.now() - since).toBeLessThan(8_000);
  });
});

describeServers('a start', () => {
  test.each(['commit', 'abort'] as const)(
    'after a transaction that ended in %s continues without a gap (rule 4)',
    async (end) => {
      await using target = await freshTarget();
      await using topic = await freshTopic();
      await produce(topic.name, events(0, 2));
      await transaction(topic.name, events(2, 3), end);
      {
        await using worker = await startWorker(target, topic.name);
        await durableUpTo(target, 6, worker);
        await worker.stop();
      }
      await produce(topic.name, events(5, 3));
      await using worker = await startWorker(target, topic.name);
      await durableUpTo(target, 9, worker);
      expect(await ids(target)).toEqual(end === 'commit' ? numbers(0, 8) : [0, 1, 5, 6, 7]);
    },
  );
});
