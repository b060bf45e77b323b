/** Proves that no command uses another server on localhost while the local stack of this checkout is stopped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sluice } from '../../test/sluice.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-stopped-'));
  await writeFile(join(dir, 'stack.json'), JSON.stringify({ dir, kafkaPort: 1, postgresPort: 2, sourcePort: 3 }));
});
afterAll(() => rm(dir, { recursive: true }));

test.concurrent.each<[string, string[], string]>([
  ['run', ['run'], ''],
  ['run from a file', ['run', '--source', 'file:data/sample_events.json'], ''],
  ['simulate', ['simulate'], ''],
  ['status', ['status'], ''],
  ['sql', ['sql', 'select 1'], ''],
  ['replicate', ['replicate'], ''],
  ['connector create', ['connector', 'create'], ' --with connect'],
  ['connector list', ['connector', 'list'], ' --with connect'],
])('%s reports the stopped stack and the command that starts it: 4', async (_, args, more) => {
  const { code, stdout, stderr } = await sluice(args, { env: { SLUICE_DIR: dir, PGPASSWORD: 'secret' } });
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^sluice: the local stack of this checkout is not running: \`npx sluice stack up${more}\``, 'm'),
  );
  expect(stderr).toMatch(/^ {2}To use localhost, name it: --/m);
});

test('a named server on localhost is used', async () => {
  const asked: string[] = [];
  const server = createServer((socket) => {
    asked.push(String(socket.remoteAddress));
    socket.destroy();
  });
  const port = await listening(server);
  const env = { SLUICE_DIR: dir, POSTGRES_HOST: 'localhost', POSTGRES_PORT: String(port) };
  expect(await sluice(['status', '--wait', '1'], { env })).toEndWith(4);
  expect(asked.length).toBeGreaterThan(0);
  server.close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
