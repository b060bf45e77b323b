/**
 * `npm run test:soak mariadb`: 150,000 changes over Debezium into MariaDB while three workers are killed 15 times, and 60,000 hostile
 * messages. SLUICE_SOAK_SEED chooses other ones.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MigrationStack, migrationStack } from '../replication/mariadb-scene.ts';
import { describeHostile, mariadbHostile } from './mariadb-hostile.ts';
import { describeKills, mariadbKills } from './mariadb-kills.ts';

const seed = Number(process.env.SLUICE_SOAK_SEED ?? 100);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const print = (line: string) => process.stdout.write(`commit ${commit}, ${line}\n`);

let stack: MigrationStack;
beforeAll(async () => {
  stack = await migrationStack();
}, 600_000);
afterAll(() => stack[Symbol.asyncDispose](), 120_000);

test('150,000 changes arrive in MariaDB under 15 kill -9 of three workers: every row is equal, and the record counts balance', async () => {
  const result = await mariadbKills(stack, 'kills', { seed, changes: 150_000, kills: 15 });
  print(describeKills(result));
  expect(result.changed).toBeGreaterThanOrEqual(150_000);
});

test('60,000 hostile messages stop nothing: ordinary rows are equal, hostile records are parked with their bytes', async () => {
  print(describeHostile(await mariadbHostile(stack, 'hostile', { seed, hostile: 60_000 })));
});
