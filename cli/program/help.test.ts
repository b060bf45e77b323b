/** Proves that every help text fits 80 columns and shows the defaults that the command uses. */
import { describe, expect, test } from 'vitest';
import { optionGroups, options } from '../options/options.ts';
import { width } from '../output/table.ts';
import { allEntries } from './entries.ts';
import { runCommand } from './program.ts';
import { shownDefault, type Verb } from './verb.ts';

const entries = await allEntries();

const verbs: readonly { readonly words: readonly string[]; readonly verb: Verb }[] = entries.flatMap((entry) =>
  'verbs' in entry
    ? entry.verbs.map((verb) => ({ words: [entry.name, verb.name], verb }))
    : [{ words: [entry.name], verb: entry }],
);

async function printed(argv: readonly string[], commands = entries): Promise<string> {
  const lines: string[] = [];
  const surroundings = {
    stop: new AbortController().signal,
    print: (line: string) => void lines.push(line),
    printError: (line: string) => void lines.push(line),
    env: {},
  };
  await runCommand(argv, commands, '1.2.3', surroundings);
  return lines.join('\n');
}

const groups = entries.filter((entry) => 'verbs' in entry).map(({ name }) => [name]);

test.each([[[]], ...groups.map((words) => [words]), ...verbs.map(({ words }) => [words])])(
  'the help of %j fits 80 columns',
  async (words: readonly string[]) => {
    const help = await printed([...words, '--help']);
    expect(help.split('\n').filter((line) => width(line) > 80)).toEqual([]);
  },
);

test('every option is in exactly one group', () => {
  const grouped = optionGroups.flatMap(({ names }) => names);
  expect([...grouped].sort()).toEqual(Object.keys(options).sort());
});

test('the message about a mistake names the help of its command', async () => {
  expect(await printed(['connector', 'create', '--nonsense'])).toContain('see `npx sluice connector create --help`');
});

describe.each(verbs)('$words', ({ words, verb }) => {
  test('takes no option twice, and overrides only options that it takes', () => {
    expect(new Set(verb.options).size).toBe(verb.options.length);
    expect(verb.options).toEqual(expect.arrayContaining(Object.keys(verb.overrides ?? {})));
  });

  test('uses the defaults that its help shows', async () => {
    const help = (await printed([...words, '--help'])).replace(/\s+/g, ' ');
    let used: Readonly<Record<string, unknown>> = {};
    const run: Verb['run'] = async (values) => {
      used = values;
      return 0;
    };
    // Without required arguments, which this test does not give.
    const args: [] = [];
    await printed(['act'], [{ ...verb, name: 'act', run, args }]);
    for (const name of verb.options) {
      const option = options[name];
      const shown = shownDefault(verb, name);
      if (shown === undefined || option.kind === 'switch') continue;
      expect(help).toContain(`(default: ${shown})`);
      expect(used[name]).toEqual(option.parse(shown));
    }
  });
});

test('replicate and connector create have defaults of their own', async () => {
  const squeeze = (text: string) => text.replace(/\s+/g, ' ');
  const replicate = squeeze(await printed(['replicate', '--help']));
  expect(replicate).toContain('(default: cdc-consumer-group)');
  expect(replicate).toContain('(default: 48MiB)');
  expect(squeeze(await printed(['connector', 'create', '--help']))).toMatch(/--partitions <n> .*?\(default: 1\)/);
});
