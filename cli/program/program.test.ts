/** Proves that every mistake on the command line gives one clear line and exit code 2, and every failure its own code. */
import { describe, expect, test } from 'vitest';
import { PipelineError } from '../../pipeline/errors.ts';
import { PrerequisiteError } from '../../stack/prerequisite-error.ts';
import { UsageError } from '../options/option.ts';
import { type Entry, runCommand } from './program.ts';
import { type Context, verb } from './verb.ts';

async function run(argv: readonly string[], work: () => Promise<0 | 5> = async () => 0, env: NodeJS.ProcessEnv = {}) {
  const seen: { values: object; context: Context }[] = [];
  const act = verb({
    name: 'act',
    summary: 'act',
    args: [{ name: '[file]', description: 'a file' }],
    options: ['logFormat', 'topic', 'lanes', 'from', 'createTopic', 'json', 'bootstrapServers', 'windowBytes'],
    examples: ['sluice act x'],
    run: async (values, context) => {
      seen.push({ values, context });
      return await work();
    },
  });
  const entries: readonly Entry[] = [act, { name: 'group', summary: 'a group', verbs: [{ ...act, name: 'inner' }] }];
  const printed: string[] = [];
  const stderr: string[] = [];
  const surroundings = {
    stop: new AbortController().signal,
    print: (line: string) => void printed.push(line),
    printError: (line: string) => void stderr.push(line),
    env,
  };
  const code = await runCommand(argv, entries, '1.2.3', surroundings);
  return { code, printed: printed.join('\n'), stderr: stderr.join('\n'), seen: seen[0] };
}

describe('a mistake', () => {
  test.each<[readonly string[], NodeJS.ProcessEnv, string]>([
    [['act', '--no-such'], {}, "unknown option '--no-such'"],
    [['atc'], {}, "unknown command 'atc'"],
    [['group', 'iner'], {}, "unknown command 'iner'"],
    [['act', '--topic'], {}, 'argument missing'],
    [['act', 'a', 'b'], {}, 'too many arguments'],
    [['act', '--topic', 'a b'], {}, "--topic: 'a b' is no topic name"],
    [['act', '--lanes', '0'], {}, '--lanes: expected a whole number from 1 to 64'],
    [['act', '--lanes', '-1'], {}, '--lanes: expected a whole number from 1 to 64'],
    [['act', '--from', 'middle'], {}, "--from: expected earliest or latest, got 'middle'"],
    [['act'], { KAFKA_TOPIC: '/' }, "KAFKA_TOPIC: '/' is no topic name"],
    [['act'], { SLUICE_LANES: 'x' }, 'SLUICE_LANES: expected'],
    [['act'], { SLUICE_WINDOW_BYTES: '-1' }, 'SLUICE_WINDOW_BYTES: expected a size'],
    [['act'], { KAFKA_BOOTSTRAP: 'x' }, 'KAFKA_BOOTSTRAP: expected host:port'],
  ])('%j with %j ends with 2, names the mistake, and runs no verb', async (argv, env, what) => {
    const { code, stderr, printed, seen } = await run(argv, undefined, env);
    expect(code).toBe(2);
    expect(stderr).toContain(what);
    // The mistake, perhaps a suggestion, and the command for help.
    expect(stderr.split('\n').length).toBeLessThanOrEqual(3);
    expect(printed).toBe('');
    expect(seen).toBeUndefined();
  });
});

describe('a failure', () => {
  test.each<[string, unknown, number, string]>([
    [
      'a PipelineError',
      new PipelineError('missing_topic', 'there is no topic x', { advice: 'Create it.' }),
      1,
      'sluice: there is no topic x [missing_topic]\n  Create it.',
    ],
    [
      'an unreachable server',
      new PipelineError('kafka_unreachable', 'no Kafka', { advice: 'Is it up?' }),
      4,
      'sluice: no Kafka [kafka_unreachable]\n  Is it up?',
    ],
    ['a usage error', new UsageError('--a: no'), 2, 'sluice: --a: no'],
    [
      'a missing prerequisite',
      new PrerequisiteError('java-missing', 'no Java', 'apt install java'),
      1,
      'sluice: no Java\n  apt install java',
    ],
    [
      'an SQLSTATE',
      Object.assign(new Error('no such role'), { code: '28000' }),
      1,
      'sluice: no such role [28000]\n  PostgreSQL refuses this user or password',
    ],
  ])('%s prints a message and advice, and has its exit code', async (_, error, code, line) => {
    const outcome = await run(['act'], () => Promise.reject(error));
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(line);
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
  });

  test('is one JSON line with --log-format json; a usage error stays a line for people', async () => {
    const fail = (error: unknown) => run(['act', '--log-format', 'json'], () => Promise.reject(error));
    const { code, stderr } = await fail(
      new PipelineError('missing_topic', 'there is no topic x', { advice: 'Create it.' }),
    );
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      level: 'fatal',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      code: 'missing_topic',
      exit: 1,
      msg: 'there is no topic x',
      advice: 'Create it.',
    });
    expect((await fail(new UsageError('--a: no'))).stderr).toBe('sluice: --a: no');
    const plain = await run(['act'], () => Promise.reject(new Error('x')), { SLUICE_LOG_FORMAT: 'pretty' });
    expect(plain.stderr).toContain('sluice: x');
  });

  test('of a verb is the exit code that it returns', async () => {
    expect((await run(['act'], async () => 5)).code).toBe(5);
    expect((await run(['group', 'inner'], async () => 5)).code).toBe(5);
  });
});

describe('a verb', () => {
  test('receives values, their origins, and its arguments', async () => {
    const { seen } = await run(['act', 'f.json', '--topic', 't', '--create-topic'], undefined, {
      SLUICE_LANES: '7',
    });
    expect(seen?.values).toMatchObject({ topic: 't', lanes: 7, from: 'earliest', createTopic: true, json: false });
    expect(seen?.context.origins).toMatchObject({
      topic: 'flag',
      lanes: 'environment',
      from: 'default',
      createTopic: 'flag',
    });
    expect(seen?.context.args).toEqual(['f.json']);
  });

  test('explains its options, their defaults, environment names and examples', async () => {
    const { code, printed } = await run(['act', '--help']);
    expect(code).toBe(0);
    for (const part of [
      '--topic <name>',
      '(default: cdc-events)',
      '[env: KAFKA_TOPIC]',
      '--create-topic',
      'sluice act x',
    ])
      expect(printed.replace(/\s+/g, ' ')).toContain(part);
  });
});

test.each(['--help', 'help'])('%s lists the verbs and the exit codes', async (word) => {
  const { code, printed } = await run([word]);
  expect(code).toBe(0);
  expect(printed).toMatch(/act .*act/);
  expect(printed).toMatch(/Exit codes:\n {2}0 +done/);
});

test('a removed option is refused with advice', async () => {
  const { code, stderr } = await run(['act', '--no-create-topic']);
  expect(code).toBe(2);
  expect(stderr).toContain('only with --create-topic');
});

test('--version is printed', async () => {
  expect(await run(['--version'])).toMatchObject({ code: 0, printed: '1.2.3' });
});
