import { afterEach, expect, test, vi } from 'vitest';
import { NotOnThisMachine, unpackedPackages } from './packages.ts';

afterEach(() => vi.unstubAllEnvs());

test('a machine without apt is told from one where apt fails', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  const error = await unpackedPackages({ name: 'nothing', packages: ['hello'] }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotOnThisMachine);
  expect(String(error)).toContain('this machine has no apt-get');
});
