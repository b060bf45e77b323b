/**
 * PostgreSQL or Kafka is unreachable for several group sessions, with a backlog many times the window. The held bytes
 * stay within the window, memory stays flat, the member stays in the group, and the worker resumes by itself (promise 6).
 */
import { expect, test } from 'vitest';
import { describeServers, kafkaClient } from '../context.ts';
import { type CutProxy, cutProxy } from '../cut-proxy.ts';
import { until } from '../sluice.ts';
import { type BacklogKind, backlogPartitions, backlogs, makeBacklog, produceBacklog } from './backlog.ts';
import { finishes, whileRunning } from './finish.ts';
import { ownStack } from './own-stack.ts';
import { type Scene, type Servers, scene } from './scene.ts';
import { type MemoryReport, startWorker, type Worker, type WorkerConfig } from './worker.ts';

const mebibyte = 1024 * 1024;
/** The default of `run`. */
const windowBytes = 40 * mebibyte;

/** Length of an outage in milliseconds: four group sessions. */
const outageMs = Number(process.env.SLUICE_TEST_OUTAGE ?? 40_000);

/** Milliseconds between two reports, and the number of reports without a change after which the worker reads no more. */
const memoryEveryMs = 250;
const settledAfter = 8;

/**
 * Resident memory. The process itself takes 100 MiB; the rest is the window, one fetch, and memory that the garbage
 * collector has not returned yet. Flat means that the second half of an outage adds no more than noise.
 */
const maxResidentBytes = 384 * mebibyte;
const noiseBytes = 16 * mebibyte;

const reports = (worker: Worker): readonly MemoryReport[] =>
  worker.messages.filter((message) => message.event === 'memory');

const most = (all: readonly MemoryReport[], what: 'rss' | 'held' | 'largestBatch'): number =>
  Math.max(...all.map((one) => one[what]));

/** Resolves when the window is full and the worker reads no more. */
async function full(worker: Worker): Promise<void> {
  const settled = async () => {
    const last = reports(worker).slice(-settledAfter);
    return last.length === settledAfter && last.every(({ held }) => held > 0 && held === last[0]?.held);
  };
  await whileRunning(worker, settled, 'its window is full');
}

/** Waits for the end of the outage; the held memory must not grow. */
async function staysFlat(worker: Worker): Promise<void> {
  const from = reports(worker).length;
  const needed = from + outageMs / memoryEveryMs;
  await whileRunning(worker, async () => reports(worker).length >= needed, 'the outage has passed', 2 * outageMs);
  const all = reports(worker).slice(from);
  const [first, second] = [all.slice(0, all.length / 2), all.slice(all.length / 2)];
  expect(most(second, 'rss')).toBeLessThan(most(first, 'rss') + noiseBytes);
  expect(most(second, 'held')).toBeLessThanOrEqual(most(first, 'held'));
}

/** Over its whole run the worker has held no more than its limits. */
function expectBounded(worker: Worker): void {
  const all = reports(worker);
  expect(most(all, 'rss'), 'resident memory').toBeLessThan(maxResidentBytes);
  expect(most(all, 'held'), 'credit taken').toBeLessThanOrEqual(Math.max(windowBytes, most(all, 'largestBatch')));
}

/** The group as Kafka's own tools show it: its state, its members, and the committed offset of each partition. */
async function groupOf({ topic, config: { bootstrap, groupId } }: Scene) {
  const admin = kafkaClient('sluice-test', bootstrap).admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([groupId]);
    const [told] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return {
      states: groups.map(({ state }) => state),
      members: groups.flatMap(({ members }) => members.map(({ memberId }) => memberId)),
      offsets: new Map(told?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))])),
    };
  } finally {
    await admin.disconnect();
  }
}

/** The lag in Kafka's tools is the lag in the database. */
async function expectLagInKafka(it: Scene): Promise<void> {
  const rows = await it.rows<{ partition: number; next: string }>(
    'select partition, next_offset as next from sluice.checkpoint',
  );
  const durable = new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
  const same = async () => {
    const { offsets } = await groupOf(it);
    return [...durable].every(([partition, next]) => offsets.get(partition) === next);
  };
  await until(same, 'the durable offsets are committed to Kafka');
}

/** How PostgreSQL becomes unreachable and returns. */
type Outage = {
  readonly begin: (proxy: CutProxy, it: Scene) => unknown;
  readonly end: (proxy: CutProxy, it: Scene) => unknown;
};
const refusal: Outage = { begin: (proxy) => proxy.refuse(), end: (proxy) => proxy.serve() };
const lockedTable: Outage = {
  begin: (_, { client }) => client.query('begin; lock table users_enriched in access exclusive mode'),
  end: (_, { client }) => client.query('rollback'),
};

let turn: Promise<unknown> = Promise.resolve();

/** Runs work one at a time: making and sending records keeps this process busy, and other tests would take that for an outage. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}

/** A scene with a filled topic, and its records. */
const filled = (kind: BacklogKind, servers: Servers = {}) =>
  inTurn(async () => {
    const records = makeBacklog(kind);
    const it = await scene([], backlogPartitions, servers);
    await produceBacklog(it.config.bootstrap, it.topic, kind, records);
    return { ...it, records };
  });

/** A worker reads a backlog when PostgreSQL becomes unreachable, waits, and finishes when it is back. */
async function isHeldBack(
  kind: BacklogKind,
  { begin, end }: Outage,
  mechanism: Pick<WorkerConfig, 'without'> = {},
): Promise<void> {
  await using it = await filled(kind);
  const url = new URL(it.config.databaseUrl);
  await using proxy = await cutProxy(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${proxy.port}`;
  const holdAt = { step: 'before copy' } as const;
  const config = { ...it.config, databaseUrl: url.href, windowBytes, memoryEveryMs, holdAt, ...mechanism };
  await using worker = startWorker(config);
  await worker.held;
  await begin(proxy, it);
  worker.goOn();
  await full(worker);
  expectBounded(worker);
  const before = await groupOf(it);
  expect(before).toMatchObject({ states: ['Stable'], members: [expect.any(String)] });
  await staysFlat(worker);
  await expectLagInKafka(it);
  const { states, members } = await groupOf(it);
  expect({ states, members }).toEqual({ states: before.states, members: before.members });
  await end(proxy, it);
  await inTurn(() => finishes(worker, it));
  expectBounded(worker);
  expect(worker.log().split('joined the group')).toHaveLength(2);
}

describeServers('a server away for four sessions of the group', () => {
  test.concurrent('Kafka stopped: memory stays flat, and the worker resumes by itself (rule 8)', async () => {
    await using stack = await ownStack({ postgres: false });
    await using it = await filled(backlogs.incompressible, { bootstrap: stack.bootstrap });
    const holdAt = { step: 'before copy', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, windowBytes, memoryEveryMs, holdAt });
    await worker.held;
    await stack.end('kafka', 'SIGTERM');
    worker.goOn();
    await staysFlat(worker);
    expect(worker.log()).toContain('Kafka does not answer');
    await stack.startAgain();
    await inTurn(() => finishes(worker, it));
    expectBounded(worker);
  });

  test.concurrent.each([
    ['refuses connections', backlogs.tiny.name, backlogs.tiny, refusal],
    ['has its table locked', backlogs.incompressible.name, backlogs.incompressible, lockedTable],
    ['refuses connections', backlogs.compressible.name, backlogs.compressible, refusal],
    ['has its table locked', backlogs.large.name, backlogs.large, lockedTable],
  ])(
    'PostgreSQL %s: %s are held back, memory stays flat, the member stays in the group (rule 8)',
    async (_, __, kind, how) => {
      await isHeldBack(kind, how);
    },
  );

  test.concurrent('without the credit window the whole backlog is held in memory, and the test detects it', async () => {
    const withoutWindow = isHeldBack({ ...backlogs.large, count: 200 }, refusal, { without: 'credit window' });
    await expect(withoutWindow).rejects.toThrow('resident memory');
  });
});
