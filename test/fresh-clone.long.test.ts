/**
 * README's first command on a fresh clone, as a new user runs it: below a folder that nobody else may enter, without LANG, as
 * root and as a plain user. It ends with exit code 0, shows the tables, and leaves no process running.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;

type User = { readonly uid: number; readonly gid: number; readonly home: string };

/** A clone of HEAD below a 0700 folder, owned by the user. */
function cloneFor(user: User | undefined): { dir: string; checkout: string } {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-clone-'));
  chmodSync(dir, 0o700);
  const checkout = join(dir, 'sluice');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, checkout]);
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, dir]);
  return { dir, checkout };
}

function run(command: string, cwd: string, user: User | undefined): Promise<{ code: number | null; output: string }> {
  const { PATH, HOME, JAVA_HOME } = process.env;
  const env = { PATH, HOME: user?.home ?? HOME, ...(JAVA_HOME ? { JAVA_HOME } : {}) };
  const child = spawn('sh', ['-c', command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Processes whose command line names a folder. */
const leftOver = (dir: string): string =>
  execFileSync('sh', ['-c', `ps -eo pid,args | grep -F '${dir}' | grep -v grep || true`], { encoding: 'utf8' });

async function firstMinutes(user: User | undefined): Promise<void> {
  const { dir, checkout } = cloneFor(user);
  try {
    const started = Date.now();
    const first = await run('npm ci --no-audit --no-fund && npm start -- --once', checkout, user);
    expect(first).toEndWith(0);
    expect((Date.now() - started) / 1000).toBeLessThan(180);
    for (const shown of [
      'all counters balance: 577 read',
      'One event, raw and enriched',
      'user_analytics',
      'users_enriched',
    ]) {
      expect(first.output).toContain(shown);
    }
    const again = Date.now();
    const second = await run('npm start -- --once', checkout, user);
    expect(second).toEndWith(0);
    expect(second.output).toContain('the sample was already applied');
    expect((Date.now() - again) / 1000).toBeLessThan(60);
    expect(leftOver(dir)).toBe('');
  } finally {
    await run('node bin/sluice.js stack destroy', checkout, user);
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('npm ci && npm start -- --once on a fresh clone below a 0700 folder, without LANG', () => {
  test(isRoot ? 'works as root' : 'works as a plain user', () => firstMinutes(undefined));

  test.runIf(isRoot)('works as a plain user', async () => {
    const name = `sluice-t${process.pid}`;
    execFileSync('useradd', ['--create-home', '--user-group', name]);
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
    try {
      await firstMinutes({ uid: id('-u'), gid: id('-g'), home: `/home/${name}` });
    } finally {
      execFileSync('userdel', ['--remove', name], { stdio: 'ignore' });
    }
  });
});
