/** The soak `mariadb-kills`, scaled down. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MigrationStack, migrationStack } from '../replication/mariadb-scene.ts';
import { describeKills, mariadbKills } from './mariadb-kills.ts';

describe.skipIf(inject('kafka') === null)('changes of a PostgreSQL that three workers write into MariaDB', () => {
  let stack: MigrationStack;
  beforeAll(async () => {
    stack = await migrationStack();
  }, 600_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test('all arrive while workers are killed: every row is equal, and the record counts balance', async () => {
    const seed = Number(process.env.SLUICE_SOAK_SEED ?? 1);
    const result = await mariadbKills(stack, 'kills', { seed, changes: 15_000, kills: 3 });
    process.stdout.write(`${describeKills(result)}\n`);
    expect(result.changed).toBeGreaterThanOrEqual(15_000);
  });
});
