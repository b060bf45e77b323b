/**
 * `npm run test:soak ordinary-life`: half an hour in ten rounds. The results are kept in `.sluice/soak`, so that an interrupted soak
 * continues after its last round; another commit starts again.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReplicationStack, replicationStack } from '../replication/scene.ts';
import { expectNothingSilent, ordinaryLife, type Round } from './ordinary-life.ts';

const seconds = 180;
const seeds = Array.from({ length: 10 }, (_, at) => Number(process.env.SLUICE_SOAK_SEED ?? 100) + at);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const file = `.sluice/soak/ordinary-life-${commit}.json`;
const rounds: Round[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];

let stack: ReplicationStack;
beforeAll(async () => {
  stack = await replicationStack();
}, 300_000);
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  process.stdout.write(`commit ${commit}, ${rounds.length} rounds of ${seconds} s\n${rounds.map(lineOf).join('\n')}\n`);
}, 120_000);

const lineOf = ({ seed, done, kills, actions, equal, named, silent }: Round): string => {
  const changes = Object.entries(done).map(([what, times]) => `${what} ${times}`);
  return `seed ${seed}: ${changes.join(', ')}; ${kills} kills; ${actions.length} statements run; equal ${equal.length}, named ${named.length}, silent ${silent.length}`;
};

test.each(seeds)('seed %i: no table is different without a message', async (seed) => {
  let round = rounds.find((one) => one.seed === seed);
  if (round === undefined) {
    await using it = await stack.scene();
    round = await ordinaryLife(it, { seed, seconds });
    rounds.push(round);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(rounds));
  }
  expectNothingSilent(round);
  expect(round.equal.length).toBeGreaterThan(0);
});
