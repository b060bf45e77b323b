/** Four minutes of the soak `ordinary-life`. */
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { type ReplicationStack, replicationStack } from '../replication/scene.ts';
import { expectNothingSilent, ordinaryLife } from './ordinary-life.ts';

describe.skipIf(inject('kafka') === null)('ordinary life at the source', () => {
  let stack: ReplicationStack;
  beforeAll(async () => {
    stack = await replicationStack();
  }, 300_000);
  afterAll(() => stack[Symbol.asyncDispose](), 120_000);

  test.each([1, 2])('leaves no table different without a message, seed %i', async (seed) => {
    await using it = await stack.scene();
    expectNothingSilent(await ordinaryLife(it, { seed, seconds: 75 }));
  });
});
