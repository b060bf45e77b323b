import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { portHolder } from '../../stack/processes/port-holder.ts';
import { checkStackFolder, checkTemporaryFolder } from './folders.ts';
import { checkNode } from './programs.ts';

test.each([
  ['20.19.0', 'ok'],
  ['20.18.9', 'fault'],
  ['18.20.4', 'fault'],
  ['22.0.0', 'fault'],
  ['22.12.0', 'ok'],
  ['23.9.0', 'fault'],
  ['24.1.0', 'ok'],
  ['26.0.0', 'ok'],
])('Node %s is %s', (version, verdict) => {
  expect(checkNode(version).verdict).toBe(verdict);
});

test('a folder below a file cannot be written', async () => {
  const below = `${import.meta.filename}/below`;
  expect(await checkTemporaryFolder(below)).toMatchObject({ verdict: 'fault', fix: expect.stringContaining('TMPDIR') });
  expect(await checkStackFolder(below, true)).toMatchObject({
    verdict: 'fault',
    fix: expect.stringContaining('SLUICE_DIR'),
  });
  expect(await checkStackFolder(below, false)).toMatchObject({ verdict: 'note' });
});

test.runIf(process.platform === 'linux')('the process that holds a port is found', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  expect(await portHolder(port)).toMatchObject({ pid: process.pid });
  server.close();
  expect(await portHolder(1)).toBeUndefined();
});
