/**
 * The soak `ordinary-life`: a source lives on, its connector is restarted, `replicate` is killed, and an operator runs what Sluice
 * prints and nothing else. In the end each table is equal, or named as not equal by a command that ends with another exit code
 * than 0. Never silently different.
 */
import { expect } from 'vitest';
import { readTables } from '../../adapters/postgres/catalogue/read.ts';
import { differences } from '../replication/compare.ts';
import type { Scene } from '../replication/scene.ts';
import { session } from '../replication/scene.ts';
import { seededRandom } from '../replication/workload.ts';
import { type Finished, type Running, until } from '../sluice.ts';
import { type Deed, deedsOf } from './operator.ts';
import { type Done, live, sourceSchema } from './source-life.ts';

/** What one round was, and how it ended. */
export type Round = {
  readonly seed: number;
  readonly done: Done;
  readonly kills: number;
  /** What the operator ran. */
  readonly deeds: readonly Deed[];
  /** Tables that are equal in the end, those that are not and are named so, and those that are not and nobody says it. */
  readonly equal: readonly string[];
  readonly named: readonly string[];
  readonly silent: readonly string[];
  /** How the silent ones differ. */
  readonly differences: readonly unknown[];
  /** Why records were parked. */
  readonly parked: readonly unknown[];
  /** What the last looks said, and how they ended. */
  readonly looks: readonly Finished[];
};

/** How to spend a round. */
export type RoundOptions = { readonly seed: number; readonly seconds: number };

const captureOptions = ['--tables', 'public.*', '--heartbeat', '1'];

/** Milliseconds. */
const pauseBetweenDefinitions = 5_000;

/** Milliseconds a connector may need to read the rest. */
const captureLimit = 45_000;

/** Attempts to reach the end, each after what the operator did. */
const mostAttempts = 25;

export async function ordinaryLife(it: Scene, { seed, seconds }: RoundOptions): Promise<Round> {
  const random = seededRandom(seed + 1_000);
  await it.source.query(sourceSchema);
  await it.connect(...captureOptions);
  await it.snapshotTaken();
  const life = await session(it.sourceUrl);
  const stop = new AbortController();
  const lived = live(life, { seed, pause: pauseBetweenDefinitions, publication: it.name, signal: stop.signal });
  // Whoever waits for it is told later.
  lived.catch(() => undefined);
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
  const done = await lived.finally(() => life.end());
  const looks = await reachEnd(it, operator);
  const tables = await readTables(it.source, ['public']);
  const judged = { equal: [] as string[], named: [] as string[], silent: [] as string[], differences: [] as unknown[] };
  for (const table of tables.filter(({ partitionOf }) => partitionOf === null)) {
    // One that is not there, or has other columns, differs too.
    const found = await differences(it.source, it.target, [table], 5).catch((error: unknown) => [String(error)]);
    const same = found.length === 0;
    const isNamed = looks.some((look) => look.code !== 0 && complaints(look).some((line) => line.includes(table.name)));
    judged[same ? 'equal' : isNamed ? 'named' : 'silent'].push(table.name);
    if (!same && !isNamed) judged.differences.push(table.name, ...found);
  }
  return { seed, done, kills, deeds: operator.deeds, ...judged, parked: await reasonsOf(it), looks };
}

const reasonsOf = async ({ target }: Scene): Promise<readonly unknown[]> =>
  (
    await target.query(
      `select topic, code, min(reason) as example, count(*)::int as records from sluice.dead_letter group by topic, code`,
    )
  ).rows;

/** Nothing may be different without a word. */
export function expectNothingSilent(round: Round): void {
  const { seed, silent, differences, parked, looks, deeds } = round;
  const said = looks.map((look) => [look.code, ...complaints(look)].join('\n').slice(-800));
  const evidence = JSON.stringify(
    { differences, parked, said, deeds: deeds.slice(-12).map(({ text }) => text) },
    null,
    1,
  );
  expect(silent, `seed ${seed}\n${evidence.slice(0, 6_000)}`).toEqual([]);
}

const textOf = ({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): string => `${stdout}\n${stderr}`;

/** Lines that say something is wrong: neither progress, nor the row of a topic that is read to its end without a dead letter. */
const complaints = (look: Finished): readonly string[] =>
  textOf(look)
    .split('\n')
    .filter((line) => !/^\{"level":"info"/.test(line) && !isFine(line));

/** topic, partition, log end, next, lag, age, source lag, read, applied, superseded, filtered, parked, last commit. */
const isFine = (line: string): boolean => /^\S+ +\d+ +\d+ +\d+ +0 .* 0 +\S+(?: \S+ ago)?$/.test(line);

const endOf = (running: Running, ms: number): Promise<unknown> =>
  Promise.race([running.finished, new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))]);

/** The words of a command, as a shell takes them. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/'([^']*)'|\S+/g)].map(([all, quoted]) => quoted ?? all);

/** The operator at work. */
class Operator {
  readonly #scene: Scene;
  readonly deeds: Deed[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Runs what the text asks for. Answers how much of it was new or worked. */
  async follow(said: string): Promise<number> {
    let worked = 0;
    for (const deed of deedsOf(said)) if (await this.#run(deed)) worked += 1;
    return worked;
  }

  /** The operator's own connector is meant, made as it was made. */
  async #command([word = '', verb = '', ...more]: readonly string[]): Promise<Finished> {
    if (word === 'replicate') return await this.#scene.replicate(verb, ...more).finished;
    if (word !== 'connector') return await this.#scene.sluice(word, verb, ...more);
    return verb === 'create'
      ? await this.#scene.create(...captureOptions, ...more)
      : await this.#scene.connector(verb, ...more);
  }

  async #run(deed: Deed): Promise<boolean> {
    const ran = await this.#try(deed);
    if (ran) this.deeds.push(deed);
    return ran;
  }

  async #try({ where, text }: Deed): Promise<boolean> {
    if (where === 'command') return (await this.#command(wordsOf(text))).code === 0;
    const client = where === 'source' ? this.#scene.source : this.#scene.target;
    return await client.query(text).then(
      () => true,
      // Done already, or overtaken by what was changed since.
      () => false,
    );
  }
}

/** Waits until the connector has read what the source wrote, or does not get there: then the looks have to say so. */
async function captured(it: Scene): Promise<void> {
  const { rows } = await it.source.query<{ now: string }>('select pg_current_wal_lsn()::text as now');
  const reached = `select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn >= $2`;
  const isThere = async () => (await it.source.query(reached, [it.name, rows[0]?.now])).rows.length > 0;
  await until(isThere, 'the connector has read everything', captureLimit).catch(() => undefined);
}

/** Looks and follows until nothing is asked for any more. Answers the last looks. */
async function reachEnd(it: Scene, operator: Operator): Promise<readonly Finished[]> {
  let looks: readonly Finished[] = [];
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    await captured(it);
    const connector = await it.connector('status');
    const replicated = await it.replicate('--until-caught-up').finished;
    const status = await it.sluice('status');
    looks = [connector, replicated, status];
    const worked = await operator.follow(looks.map(textOf).join('\n'));
    if (worked === 0) break;
  }
  return looks;
}
