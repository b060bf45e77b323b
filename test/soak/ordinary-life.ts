/**
 * The soak `ordinary-life`: the source keeps changing, its connector is restarted, `replicate` is killed, and an operator runs only the
 * commands that Sluice prints. In the end each table is equal, or a command with a nonzero exit code names it as different.
 * A silent difference is a failure.
 */
import { expect } from 'vitest';
import { readTables } from '../../engines/postgres/catalogue/read.ts';
import { differences } from '../replication/compare.ts';
import type { Scene } from '../replication/scene.ts';
import { session } from '../replication/scene.ts';
import { seededRandom } from '../replication/workload.ts';
import { type Finished, type Running, until } from '../sluice.ts';
import { type Action, actionsOf } from './operator.ts';
import { type Done, runSource, sourceSchema } from './source-life.ts';

/** One round and its result. */
export type Round = {
  readonly seed: number;
  readonly done: Done;
  readonly kills: number;
  /** The actions of the operator. */
  readonly actions: readonly Action[];
  /** Tables that are equal in the end, those reported as different, and those different without a report. */
  readonly equal: readonly string[];
  readonly named: readonly string[];
  readonly silent: readonly string[];
  /** How the silent tables differ. */
  readonly differences: readonly unknown[];
  /** Reasons of parked records. */
  readonly parked: readonly unknown[];
  /** Output and exit code of the last checks. */
  readonly checks: readonly Finished[];
};

/** Options of a round. */
export type RoundOptions = { readonly seed: number; readonly seconds: number };

const captureOptions = ['--tables', 'public.*', '--heartbeat', '1'];

/** Milliseconds between changes of definitions. */
const pauseBetweenDefinitionsMs = 5_000;

/** Milliseconds in which a connector must read the rest. */
const captureLimitMs = 45_000;

/** Most attempts to reach the end, each after the operator's actions. */
const maxAttempts = 25;

export async function ordinaryLife(it: Scene, { seed, seconds }: RoundOptions): Promise<Round> {
  const random = seededRandom(seed + 1_000);
  await it.source.query(sourceSchema);
  await it.connect(...captureOptions);
  await it.snapshotTaken();
  const life = await session(it.sourceUrl);
  const stop = new AbortController();
  const sourceRun = runSource(life, {
    seed,
    pauseMs: pauseBetweenDefinitionsMs,
    publication: it.name,
    signal: stop.signal,
  });
  // The rejection is handled later, where the promise is awaited.
  sourceRun.catch(() => undefined);
  const operator = new Operator(it);
  const end = Date.now() + seconds * 1000;
  let kills = 0;
  while (Date.now() < end) {
    const running = it.replicate('--parallelism', String(1 + Math.floor(random() * 2)));
    await endOf(running, Math.min(end - Date.now(), 3_000 + random() * 12_000));
    running.kill('SIGKILL');
    kills += 1;
    await operator.follow((await running.finished).stderr);
    if (random() < 0.2) await it.connector('restart');
    if (random() < 0.4) await operator.follow(textOf(await it.connector('status')));
  }
  stop.abort();
  const done = await sourceRun.finally(() => life.end());
  const checks = await reachEnd(it, operator);
  const tables = await readTables(it.source, ['public']);
  const judged = { equal: [] as string[], named: [] as string[], silent: [] as string[], differences: [] as unknown[] };
  for (const table of tables.filter(({ partitionOf }) => partitionOf === null)) {
    // A table that is missing, or has other columns, differs too.
    const found = await differences(it.source, it.target, [table], 5).catch((error: unknown) => [String(error)]);
    const same = found.length === 0;
    const isNamed = checks.some(
      (check) => check.code !== 0 && complaints(check).some((line) => line.includes(table.name)),
    );
    judged[same ? 'equal' : isNamed ? 'named' : 'silent'].push(table.name);
    if (!same && !isNamed) judged.differences.push(table.name, ...found);
  }
  return { seed, done, kills, actions: operator.actions, ...judged, parked: await reasonsOf(it), checks };
}

const reasonsOf = async ({ target }: Scene): Promise<readonly unknown[]> =>
  (
    await target.query(
      `select topic, code, min(reason) as example, count(*)::int as records from sluice.dead_letter group by topic, code`,
    )
  ).rows;

/** Fails if a table is different without a report. */
export function expectNothingSilent(round: Round): void {
  const { seed, silent, differences, parked, checks, actions } = round;
  const said = checks.map((check) => [check.code, ...complaints(check)].join('\n').slice(-800));
  const evidence = { differences, parked, said, actions: actions.slice(-12).map(({ text }) => text) };
  expect(silent, `seed ${seed}\n${JSON.stringify(evidence, null, 1).slice(0, 6_000)}`).toEqual([]);
}

const textOf = ({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): string => `${stdout}\n${stderr}`;

/** Lines that report a problem: neither progress, nor the row of a topic without lag and dead letters. */
const complaints = (check: Finished): readonly string[] =>
  textOf(check)
    .split('\n')
    .filter((line) => !/^\{"level":"info"/.test(line) && !isFine(line));

/** topic, partition, log end, next, lag, age, source lag, read, applied, superseded, filtered, parked, last commit. */
const isFine = (line: string): boolean => /^\S+ +\d+ +\d+ +\d+ +0 .* 0 +\S+(?: \S+ ago)?$/.test(line);

const endOf = (running: Running, ms: number): Promise<unknown> =>
  Promise.race([running.finished, new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))]);

/** The words of a command, split like a shell. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/'([^']*)'|\S+/g)].map(([all, quoted]) => quoted ?? all);

/** Runs the actions. */
class Operator {
  readonly #scene: Scene;
  readonly actions: Action[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Runs the actions of a text. Returns how many of them succeeded. */
  async follow(output: string): Promise<number> {
    let worked = 0;
    for (const action of actionsOf(output)) if (await this.#run(action)) worked += 1;
    return worked;
  }

  /** Runs a command for the operator's own connector, with its original options. */
  async #command([word = '', verb = '', ...more]: readonly string[]): Promise<Finished> {
    if (word === 'replicate') return await this.#scene.replicate(verb, ...more).finished;
    if (word !== 'connector') return await this.#scene.sluice(word, verb, ...more);
    return verb === 'create'
      ? await this.#scene.create(...captureOptions, ...more)
      : await this.#scene.connector(verb, ...more);
  }

  async #run(action: Action): Promise<boolean> {
    const ran = await this.#try(action);
    if (ran) this.actions.push(action);
    return ran;
  }

  async #try({ where, text }: Action): Promise<boolean> {
    if (where === 'command') return (await this.#command(wordsOf(text))).code === 0;
    const client = where === 'source' ? this.#scene.source : this.#scene.target;
    return await client.query(text).then(
      () => true,
      // Already done, or no longer valid after later changes.
      () => false,
    );
  }
}

/** Waits until the connector has read the source's changes. If it does not get there, the checks must report it. */
async function captured(it: Scene): Promise<void> {
  const { rows } = await it.source.query<{ now: string }>('select pg_current_wal_lsn()::text as now');
  const reached = `select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn >= $2`;
  const isThere = async () => (await it.source.query(reached, [it.name, rows[0]?.now])).rows.length > 0;
  await until(isThere, 'the connector has read everything', captureLimitMs).catch(() => undefined);
}

/** Checks and follows the advice until nothing more succeeds. Returns the last checks. */
async function reachEnd(it: Scene, operator: Operator): Promise<readonly Finished[]> {
  let checks: readonly Finished[] = [];
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    await captured(it);
    const connector = await it.connector('status');
    const replicated = await it.replicate('--until-caught-up').finished;
    const status = await it.sluice('status');
    checks = [connector, replicated, status];
    const worked = await operator.follow(checks.map(textOf).join('\n'));
    if (worked === 0) break;
  }
  return checks;
}
