import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { asTyped, type Started, typedCommand } from './typed-command.ts';

const root = resolve(import.meta.dirname, '../..');
const script = `${root}/bin/sluice.js`;

test.each<[string, Started, string]>([
  [
    'npx, which runs a link in its cache',
    { program: '/home/a/.npm/_npx/82b5/node_modules/.bin/sluice', env: { npm_command: 'exec' }, cwd: root },
    'npx sluice',
  ],
  ['a package of this project', { program: '/app/node_modules/.bin/sluice', env: {}, cwd: '/app' }, 'npx sluice'],
  [
    'npm start',
    { program: script, env: { npm_command: 'start', npm_package_json: `${root}/package.json` }, cwd: root },
    'npx sluice',
  ],
  ['npm link', { program: '/usr/local/bin/sluice', env: { PATH: '/usr/bin:/usr/local/bin' }, cwd: root }, 'sluice'],
  ['a link beside the PATH', { program: '/opt/sluice', env: { PATH: '/usr/bin' }, cwd: '/opt' }, './sluice'],
  ['the script in the checkout', { program: script, env: {}, cwd: root }, 'node bin/sluice.js'],
  ['the script from elsewhere', { program: '/x/bin/sluice.js', env: {}, cwd: '/y' }, 'node /x/bin/sluice.js'],
  [
    'the script, by a script of another package',
    { program: '/x/bin/sluice.js', env: { npm_command: 'run', npm_package_json: '/y/package.json' }, cwd: '/y' },
    'node /x/bin/sluice.js',
  ],
  ['a path with a space', { program: '/a b/bin/sluice.js', env: {}, cwd: '/' }, "node 'a b/bin/sluice.js'"],
  ['a path that needs escapes', { program: '/a"b/bin/sluice.js', env: {}, cwd: '/y' }, 'npx sluice'],
  ['a test runner', { program: '/x/node_modules/vitest/vitest.mjs', env: {}, cwd: '/x' }, 'npx sluice'],
  [
    'a container with SLUICE_COMMAND',
    {
      program: '/app/cli/main.ts',
      env: { SLUICE_COMMAND: 'docker compose exec pipeline sluice' },
      cwd: '/app',
    },
    'docker compose exec pipeline sluice',
  ],
])('started by %s', (_, started, command) => {
  expect(typedCommand(started)).toBe(command);
});

test('every mention of the command in a text becomes the typed command', () => {
  expect(asTyped('sluice')('`npx sluice stack up`, then npx sluice run')).toBe('`sluice stack up`, then sluice run');
});
