/**
 * The network between a worker and its servers fails: a commit in doubt, refusals, resets, and silence. In each case
 * the worker notices in time, waits, resumes by itself, parks nothing, and the record counts balance (promise 4).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../stack/processes/ports.ts';
import { describeServers } from '../context.ts';
import { type CutProxy, cutProxy } from '../cut-proxy.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { until } from '../sluice.ts';
import { finishes, isDurable, logged, whileRunning } from './finish.ts';
import { members } from './members.ts';
import { type OwnStack, ownStack } from './own-stack.ts';
import { produce, type Scene, scene } from './scene.ts';
import { startWorker, type WorkerConfig } from './worker.ts';

const workload = makeWorkload({ seed: 21, count: 3_000 });

/** A proxy in front of the scene's database. */
async function beforeDatabase({ config }: Scene): Promise<CutProxy & { readonly databaseUrl: string }> {
  const url = new URL(config.databaseUrl);
  const proxy = await cutProxy(url.hostname, Number(url.port));
  url.host = `127.0.0.1:${proxy.port}`;
  return { ...proxy, databaseUrl: url.href };
}

describeServers('a network that fails', () => {
  let stack: OwnStack;
  let direct: string;
  const proxies = new Map<string, CutProxy>();

  beforeAll(async () => {
    // A client connects to the address that Kafka advertises, so each kind of failure has a listener that advertises a proxy.
    const names = ['REFUSED', 'RESET', 'STALLED'];
    const [own = 0, controller = 0, ...ports] = await freePorts(2 + 2 * names.length);
    const listeners = names.map((name, index) => {
      const [port = 0, proxyPort = 0] = ports.slice(2 * index);
      return { name, port, proxyPort };
    });
    for (const { name, port, proxyPort } of listeners) proxies.set(name, await cutProxy('127.0.0.1', port, proxyPort));
    const addresses = (of: 'port' | 'proxyPort') => listeners.map((one) => `${one.name}://127.0.0.1:${one[of]}`);
    stack = await ownStack({
      postgres: false,
      ports: { kafka: own },
      kafkaProperties: {
        listeners: [`DIRECT://127.0.0.1:${own}`, ...addresses('port'), `CONTROLLER://127.0.0.1:${controller}`].join(),
        'advertised.listeners': [`DIRECT://127.0.0.1:${own}`, ...addresses('proxyPort')].join(),
        'listener.security.protocol.map': ['DIRECT', 'CONTROLLER', ...names].map((name) => `${name}:PLAINTEXT`).join(),
        'inter.broker.listener.name': 'DIRECT',
        'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      },
    });
    direct = stack.bootstrap;
  });
  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  /** A worker behind this proxy has written the first half when `failure` happens; then the second half is produced. */
  async function survives(name: string, failure: (proxy: CutProxy, it: Scene) => Promise<void>): Promise<void> {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw new Error(`no listener ${name}`);
    const half = workload.length / 2;
    await using it = await scene(workload.slice(0, half), 4, { bootstrap: direct });
    await using worker = startWorker({ ...it.config, bootstrap: `127.0.0.1:${proxy.port}`, maxRecords: 200 });
    await whileRunning(worker, async () => worker.messages.length >= 3, 'it has written');
    await failure(proxy, it);
    await produce(it.topic, workload.slice(half), direct);
    await finishes(worker, it, workload);
  }

  test.concurrent('half-open connections to Kafka are detected by the request timeout, and the worker resumes by itself', () =>
    survives('STALLED', async (proxy) => {
      // As when a firewall drops its state: old connections lead nowhere, new ones work.
      proxy.stall();
      await proxy.serve();
    }));

  test.concurrent('Kafka refuses connections for longer than a group session, and the worker resumes by itself', () =>
    survives('REFUSED', async (proxy, { config }) => {
      proxy.refuse();
      await until(async () => (await members(config.groupId, direct)) === 0, 'the group has lost its member');
      await proxy.serve();
    }));

  test.concurrent('connections to Kafka are reset, and the worker resumes by itself', () =>
    survives('RESET', async (proxy) => {
      for (let round = 1; round <= 3; round += 1) {
        const before = proxy.opened();
        proxy.reset();
        await until(async () => proxy.opened() > before, 'it has connected again');
      }
    }));

  test.concurrent('PostgreSQL refuses connections, and the worker retries with backoff and resumes by itself', async () => {
    await using it = await scene(workload);
    await using proxy = await beforeDatabase(it);
    const holdAt = { step: 'after copy', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, databaseUrl: proxy.databaseUrl, maxRecords: 200, holdAt });
    await worker.held;
    proxy.refuse();
    worker.goOn();
    await logged(worker, '"code":"ECONNREFUSED","attempt":8');
    await proxy.serve();
    await finishes(worker, it);
    expect(worker.log()).toMatch(/PostgreSQL at \S+ takes transactions again/);
  });

  test.concurrent.each([
    ['after COMMIT was done', 'after'],
    ['before COMMIT arrived', 'before'],
  ] as const)('when a connection is lost %s, the checkpoint decides what was written (rule 15)', async (_, when) => {
    await using it = await scene(workload);
    await using proxy = await beforeDatabase(it);
    const { databaseUrl } = proxy;
    const holdAt = { step: 'before commit', occurrence: 3 } as const;
    await using worker = startWorker({ ...it.config, databaseUrl, maxRecords: 200, holdAt });
    await worker.held;
    proxy.cutAt({ text: 'commit\0', when });
    worker.goOn();
    await finishes(worker, it);
    expect(proxy.cuts()).toBe(1);
  });

  test.concurrent('connections to PostgreSQL are reset repeatedly during transactions, and nothing is lost or doubled', async () => {
    const slice = 300;
    await using it = await scene(workload.slice(0, slice));
    await using proxy = await beforeDatabase(it);
    await using worker = startWorker({ ...it.config, databaseUrl: proxy.databaseUrl, maxRecords: 20 });
    for (let sent = slice; sent < workload.length; sent += slice) {
      await isDurable(worker, it, sent);
      const { length: before } = worker.messages;
      await produce(it.topic, workload.slice(sent, sent + slice));
      await whileRunning(worker, async () => worker.messages.length > before, 'it writes');
      proxy.reset();
    }
    await finishes(worker, it, workload);
    expect(worker.log()).toMatch(/PostgreSQL at \S+ takes transactions again/);
  });

  test.concurrent.each([
    ['in COPY', 'before copy'],
    ['at COMMIT', 'before commit'],
  ] as const)('a half-open connection to PostgreSQL %s is detected by its timeouts (rule 15)', async (_, step) => {
    await using it = await scene(workload);
    await using proxy = await beforeDatabase(it);
    const config: WorkerConfig = {
      ...it.config,
      databaseUrl: proxy.databaseUrl,
      maxRecords: 200,
      holdAt: { step, occurrence: 3 },
      // The usual timeouts, much shorter. Idling must not end the session here, and connecting takes time on a busy machine.
      timeouts: { connect: 2_000, lock: 300, statement: 1_200, idleInTransaction: 6_000, answer: 1_300 },
    };
    await using worker = startWorker(config);
    await worker.held;
    proxy.stall();
    worker.goOn();
    // The answer that never arrives, and then the connections that lead nowhere.
    await logged(worker, 'Query read timeout');
    await logged(worker, '"error":"timeout expired"');
    await proxy.serve();
    await finishes(worker, it);
  });
});

async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await freePort(0);
    if (!ports.includes(port)) ports.push(port);
  }
  return ports;
}
