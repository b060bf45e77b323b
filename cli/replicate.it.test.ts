/** Proves what `sluice replicate` says before it reads anything. What it does is proven by test/replication. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { bootstrap, freshDatabase } from '../test/context.ts';
import { sluice } from '../test/sluice.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let other: Awaited<ReturnType<typeof freshDatabase>>;

beforeAll(async () => {
  [database, other] = await Promise.all([freshDatabase('replicate'), freshDatabase('replicate')]);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const replicate = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  sluice(['replicate', '--until-caught-up', ...args], { env: { SLUICE_LOG_FORMAT: 'pretty', ...env } });

test.skipIf(inject('kafka') === null)('a target that is its own source is refused, by whatever name', async () => {
  const alias = new URL(database.url);
  alias.hostname = alias.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  for (const source of [database.url, alias.href]) {
    const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SOURCE_URL: source, TARGET_URL: database.url };
    const { code, stderr } = await replicate([], env);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[target_is_source]') });
  }
});

test.skipIf(inject('kafka') === null)('a pattern that matches nothing is no success', async () => {
  const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), SOURCE_URL: other.url, TARGET_URL: database.url };
  const { code, stderr } = await replicate(['--topics', '^nobody\\.'], env);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[missing_topic]') });
});

test.skipIf(inject('kafka') === null)('rules that cannot be read name the place of the mistake: 2', async () => {
  const { code, stderr } = await replicate(['--rules', '/nowhere/rules.json'], {
    KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('/nowhere/rules.json');
});
