/** The soaks of MariaDB, scaled down. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MigrationStack, migrationStack } from '../replication/mariadb-scene.ts';
import { mariadbHostile } from './mariadb-hostile.ts';
import { mariadbKills } from './mariadb-kills.ts';

describe.skipIf(inject('kafka') === null)('a replica in MariaDB', () => {
  let stack: MigrationStack;
  beforeAll(async () => {
    stack = await migrationStack();
  }, 600_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test('has every row and balanced record counts, after workers were killed 3 times while rows changed', async () => {
    const result = await mariadbKills(stack, 'kills', { seed: 1, changes: 8_000, kills: 3 });
    expect(result.changed).toBeGreaterThanOrEqual(8_000);
  });

  test('is not stopped by 1,000 hostile messages, which are all parked with their bytes', async () => {
    const result = await mariadbHostile(stack, 'hostile', { seed: 1, hostile: 1_000 });
    expect(result.deadLetters).toBeGreaterThan(600);
  });
});
