/** Proves the decisions of the supervisor, with fake workers that only end. */
import { expect, test, vi } from 'vitest';
import { PipelineError } from '../../pipeline/errors.ts';
import { superviseWorkers, type Workers } from './supervise.ts';
import type { RunningWorker, WorkerEnd } from './worker-process.ts';

const killed: WorkerEnd = { code: null, signal: 'SIGKILL' };
const exited = (code: number): WorkerEnd => ({ code, signal: null });

const unreachable = { code: 'kafka_unreachable', message: 'no Kafka', advice: '', kind: 'unreachable' } as const;

/** A worker that runs until the test ends it. After a stop it exits with 0, unless it hangs. */
function fakeWorker(number: number, hangs: boolean) {
  let end: (how: WorkerEnd) => void = () => undefined;
  const ended = new Promise<WorkerEnd>((resolve) => (end = resolve));
  const stop = vi.fn(() => !hangs && end(exited(0)));
  const worker: RunningWorker = { pid: 100 + number, stop, kill: () => end(killed), ended };
  return { number, worker, stop, end };
}

/** Supervises fake workers. `lives` are in the order of their starts. */
function supervise(more: Partial<Workers> = {}, hangs = false) {
  const lives: ReturnType<typeof fakeWorker>[] = [];
  const pauses: number[] = [];
  const removed: number[] = [];
  const stopper = new AbortController();
  const clock = { time: 0, now: () => clock.time };
  const run = superviseWorkers({
    count: 2,
    finite: false,
    start: (number) => {
      const life = fakeWorker(number, hangs);
      lives.push(life);
      return life.worker;
    },
    removeDeadMember: async (number) => void removed.push(number),
    events: { emit() {} },
    stop: stopper.signal,
    clock,
    pause: async (milliseconds) => void pauses.push(milliseconds),
    ...more,
  });
  run.catch(() => undefined);
  const life = async (index: number) => {
    await vi.waitFor(() => expect(lives.length).toBeGreaterThan(index));
    const found = lives[index];
    if (!found) throw new Error(`no life ${index}`);
    return found;
  };
  return { run, life, lives, pauses, removed, clock, stop: () => stopper.abort() };
}

test.each<[string, WorkerEnd, number[]]>([
  ['killed', killed, [1]],
  ['out of memory', { code: null, signal: 'SIGABRT' }, [1]],
  ['cut off from its servers', { ...exited(4), failure: unreachable }, []],
  ['stopped from outside', exited(0), []],
])('a worker that was %s is restarted', async (_, end, removed) => {
  const it = supervise();
  (await it.life(0)).end(end);
  expect((await it.life(2)).number).toBe(1);
  expect(it.removed).toEqual(removed);
  expect(it.lives[1]?.stop).not.toHaveBeenCalled();
  it.stop();
  expect(await it.run).toBe(1);
});

test('the pause before a restart doubles, and is short again after a minute without a failure', async () => {
  const it = supervise({ count: 1 });
  for (let n = 0; n < 5; n += 1) (await it.life(n)).end(killed);
  await it.life(5);
  it.clock.time += 60_000;
  (await it.life(5)).end(killed);
  await it.life(6);
  it.stop();
  await it.run;
  const bounds = [100, 200, 400, 800, 1600, 100];
  expect(it.pauses.length).toBe(bounds.length);
  for (const [index, most] of bounds.entries()) {
    expect(it.pauses[index]).toBeGreaterThanOrEqual(most / 2);
    expect(it.pauses[index]).toBeLessThanOrEqual(most);
  }
});

test('a dead worker is restarted even if it cannot be removed from its group', async () => {
  const it = supervise({ removeDeadMember: () => Promise.reject(new Error('no Kafka')) });
  (await it.life(0)).end(killed);
  await it.life(2);
  it.stop();
  expect(await it.run).toBe(1);
});

test('a stop does not wait for the removal of a dead worker from its group', async () => {
  const removeDeadMember = vi.fn(() => new Promise<void>(() => undefined));
  const it = supervise({ count: 1, removeDeadMember });
  (await it.life(0)).end(killed);
  await vi.waitFor(() => expect(removeDeadMember).toHaveBeenCalledOnce());
  it.stop();
  expect(await it.run).toBe(0);
  expect(it.lives.length).toBe(1);
});

test.each([
  [1, 'failure'],
  [2, 'usage'],
  [3, 'counters'],
  [5, 'stalled'],
] as const)('exit code %i of one worker stops the others cleanly and is passed on', async (code, kind) => {
  const it = supervise();
  const other = await it.life(1);
  (await it.life(0)).end({
    ...exited(code),
    failure: { code: 'why', message: 'it broke', advice: 'fix it', kind },
  });
  await expect(it.run).rejects.toMatchObject({
    code: 'why',
    message: 'worker 1: it broke',
    advice: 'fix it',
    kind,
  });
  expect(other.stop).toHaveBeenCalledOnce();
  expect(it.lives.length).toBe(2);
});

test('a worker that ends without a reason ends all workers with a failure', async () => {
  const it = supervise();
  (await it.life(1)).end(exited(13));
  await expect(it.run).rejects.toMatchObject({ message: 'worker 2 ended with exit code 13', kind: 'failure' });
});

test('finite workers are done when the last one has ended', async () => {
  const it = supervise({ finite: true });
  const resolved = vi.fn();
  void it.run.then(resolved);
  (await it.life(0)).end(exited(0));
  (await it.life(1)).end(killed);
  const again = await it.life(2);
  expect(again.number).toBe(2);
  expect(resolved).not.toHaveBeenCalled();
  again.end(exited(0));
  expect(await it.run).toBe(1);
});

test('a stop asks each worker once and kills a worker that hangs after the limit', async () => {
  const well = supervise();
  const first = await well.life(0);
  well.stop();
  expect(await well.run).toBe(0);
  expect(first.stop).toHaveBeenCalledOnce();

  const it = supervise({ stopLimitMs: 20 }, true);
  await it.life(1);
  it.stop();
  await expect(it.run).rejects.toMatchObject({ code: 'not_drained', kind: 'unreachable' });
  expect(it.lives.length).toBe(2);
});

test('a stop during the pause before a restart starts no further worker', async () => {
  let resume = () => {};
  const it = supervise({ count: 1, pause: () => new Promise((resolve) => (resume = resolve)) });
  (await it.life(0)).end(killed);
  await vi.waitFor(() => expect(it.removed).toEqual([1]));
  it.stop();
  resume();
  expect(await it.run).toBe(0);
  expect(it.lives.length).toBe(1);
});

test('the error of the first failed worker is reported, not the errors that follow from it', async () => {
  const it = supervise({ stopLimitMs: 20 }, true);
  (await it.life(0)).end(exited(1));
  const error = await it.run.catch((one: unknown) => one);
  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toMatchObject({ code: 'worker_failed' });
});

test('many restarts leave no listeners on the stop signal', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  const it = supervise({ count: 1 });
  for (let n = 0; n < 20; n += 1) (await it.life(n)).end(killed);
  await it.life(20);
  it.stop();
  await it.run;
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
