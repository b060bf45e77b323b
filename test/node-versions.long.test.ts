/**
 * The unit and integration suites on the other supported versions of Node, with binaries from npm: the same results,
 * and no warning that a user would see. The versions run one after the other, with servers and ports of their own.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic } from './context.ts';

const root = join(import.meta.dirname, '..');
const versions = ['22', '24'];

/** Milliseconds that both suites may take on a busy machine. */
const suitesLimitMs = 40 * 60_000;

/** A failure caused by the version repeats; one caused by the load of the machine does not. */
const onceMore = ['--retry=1'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-node-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const programs = (version: string): string => join(folder, version, 'node_modules', 'node', 'bin');

/** A user's environment with this Node first, without the variables of the current test run. */
function environment(version: string): NodeJS.ProcessEnv {
  const { PATH = '', HOME, JAVA_HOME, LANG, CI } = process.env;
  const kept = { HOME, JAVA_HOME, LANG, CI };
  const set = Object.entries(kept).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(set), NO_COLOR: '1', PATH: `${programs(version)}${delimiter}${PATH}` };
}

/** Runs this Node and returns its output; killed after `limit` ms. */
async function node(version: string, args: readonly string[], limit: number, more: NodeJS.ProcessEnv = {}) {
  const child = spawn(join(programs(version), 'node'), [...args], {
    cwd: root,
    env: { ...environment(version), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

type Report = {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
};

/** Names of failed tests, with the first line of the reason. */
const failures = ({ testResults }: Report): string[] =>
  testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [`${name}: ${message}`]),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages: [why = ''] = [] }) => `${fullName}: ${why.split('\n')[0]}`),
  ]);

describe.each(versions)('Node %s', (version) => {
  beforeAll(async () => {
    const install = ['install', '--prefix', join(folder, version), '--no-audit', '--no-fund', `node@${version}`];
    await promisify(execFile)('npm', install, { cwd: folder, timeout: 300_000 });
    expect((await node(version, ['--version'], 60_000)).stdout).toMatch(new RegExp(`^v${version}\\.`));
  }, 320_000);

  test.each(['unit', 'integration'])('the %s suite passes', { timeout: suitesLimitMs }, async (project) => {
    const outcome = join(folder, `${version}-${project}.json`);
    const suite = ['run', '--project', project, '--reporter=json', `--outputFile=${outcome}`, ...onceMore];
    const { code, stderr } = await node(version, ['node_modules/vitest/vitest.mjs', ...suite], suitesLimitMs - 30_000);
    const report = JSON.parse(await readFile(outcome, 'utf8')) as Report;
    expect(failures(report)).toEqual([]);
    expect({ code, stderr }).toEndWith(0);
    expect(report.numPassedTests).toBeGreaterThan(project === 'unit' ? 2_000 : 300);
  });

  describeServers('commands', () => {
    test('print no warnings on standard error', async () => {
      await using database = await freshDatabase('node');
      await using topic = await freshTopic(2, 'node');
      const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), KAFKA_TOPIC: topic.name, DATABASE_URL: database.url };
      const sluice = async (...args: string[]) => {
        const { code, stderr } = await node(version, ['bin/sluice.js', ...args], 120_000, env);
        expect({ args, code, warnings: stderr.match(/^.*warning.*$/gim) }).toEqual({ args, code: 0, warnings: null });
      };
      await sluice('--version');
      await sluice('simulate');
      await sluice('run', '--until-caught-up');
      await sluice('status');
    });
  });
});
