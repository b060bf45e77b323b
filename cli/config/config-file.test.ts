/** Proves that values of a configuration file keep their spelling, and that every mistake is reported with its line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig, readConfig } from './config-file.ts';

const textsOf = async (text: string, path = 'sluice.yaml') => {
  const { entries, faults } = await parseConfig(path, text);
  expect(faults).toEqual([]);
  return Object.fromEntries([...entries].map(([key, entry]) => [key, entry.text]));
};

test.each<[string, string, Readonly<Record<string, string>>]>([
  ['a text', 'group-id: shop', { 'group-id': 'shop' }],
  ['a quoted text', "topics: '^cdc\\.shop\\..*'", { topics: '^cdc\\.shop\\..*' }],
  ['a plain regular expression', 'topics: ^cdc\\.shop\\..*', { topics: '^cdc\\.shop\\..*' }],
  [
    'a number as it is written',
    'breaker: 0.10\nstart-sequence: 123456789012345678',
    { breaker: '0.10', 'start-sequence': '123456789012345678' },
  ],
  ['a switch', 'kafka-ssl: true\ncreate-topic: false', { 'kafka-ssl': 'true', 'create-topic': 'false' }],
  ['on and off as words', 'schemas: off\nmailbox-rules: on', { schemas: 'off', 'mailbox-rules': 'on' }],
  ['a list with commas between', 'bootstrap-servers:\n  - a:1\n  - b:2', { 'bootstrap-servers': 'a:1,b:2' }],
  ['an alias as what it stands for', 'topic: &name users\ngroup-id: *name', { topic: 'users', 'group-id': 'users' }],
  ['nothing', '# only a comment\n', {}],
  ['nothing at all', '', {}],
])('%s is read', async (_, text, expected) => {
  expect(await textsOf(text)).toEqual(expected);
});

test('a relative path starts at the folder of the file; other values do not change', async () => {
  const text = [
    'rules: rules.json',
    'map: /etc/map.json',
    'functions: ../functions',
    'data-file: "-"',
    'source-db: file:secrets/source',
    'target-db: postgresql://u@h/d',
    'input: file:///data/events.json',
    'topic: rules.json',
  ].join('\n');
  expect(await textsOf(text, 'conf/sluice.yaml')).toEqual({
    rules: 'conf/rules.json',
    map: '/etc/map.json',
    functions: 'functions',
    'data-file': '-',
    'source-db': 'file:conf/secrets/source',
    'target-db': 'postgresql://u@h/d',
    input: 'file:///data/events.json',
    topic: 'rules.json',
  });
});

test.each<[string, string, string]>([
  ['an unknown key, with the nearest one', 'topic: x\nlane: 3', "2: unknown key 'lane', did you mean 'lanes'?"],
  ['a key in another spelling', 'group_id: x', "1: unknown key 'group_id', did you mean 'group-id'?"],
  ['a key like no other', 'zzzzzzzz: 1', "1: unknown key 'zzzzzzzz'"],
  ['a name of an earlier version', 'source-url: x', "1: 'source-url' is an old name: use 'source-db'"],
  ['an old part of the target', 'target-host: x', "1: 'target-host' is an old name: use 'target-db'"],
  ['an option of one call', 'yes: true', "1: 'yes' applies to a single call only: give it as --yes"],
  ['no value', 'topic:', '1: topic: has no value'],
  ['a word for a switch', 'kafka-ssl: maybe', '1: kafka-ssl: expected true or false'],
  ['a list for one value', '\n\nlanes: [1, 2]', '3: lanes: expected one value, not a list'],
  ['a list of lists', 'tables: [[a]]', '1: tables: expected a list of texts'],
  ['keys below a key', 'target-db:\n  host: x', '1: target-db: expected one value, not keys of its own'],
  ['a key twice', 'lanes: 1\nlanes: 2', '2: Map keys must be unique'],
  ['a list at the top', '- lanes', "1: expected lines of the form 'key: value', such as 'lanes: 4'"],
  ['broken YAML', 'lanes: 2\ntopic: "users\n', '3: Missing closing "quote'],
])('%s is a mistake with its line', async (_, text, fault) => {
  const { faults } = await parseConfig('sluice.yaml', text);
  expect(faults[0]).toBe(`sluice.yaml:${fault}`);
});

test('all mistakes are found, and valid entries are read too', async () => {
  const { entries, faults } = await parseConfig('sluice.yaml', 'lane: 1\ntopic: x\nyes: true\nlanes: {}');
  expect(faults).toHaveLength(3);
  expect([...entries.keys()]).toEqual(['topic']);
  expect(entries.get('topic')?.place).toBe('sluice.yaml:2');
});

test('the file of the folder is optional, a named file must exist', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-config-'));
  try {
    expect(await readConfig(undefined, folder)).toBeUndefined();
    expect((await readConfig('no.yaml', folder))?.faults).toEqual(['no.yaml: there is no such file']);
    await writeFile(join(folder, 'sluice.yaml'), 'lanes: 3');
    await writeFile(join(folder, 'other.yaml'), 'lanes: 4');
    expect((await readConfig(undefined, folder))?.entries.get('lanes')).toEqual({ text: '3', place: 'sluice.yaml:1' });
    expect((await readConfig('other.yaml', folder))?.entries.get('lanes')?.text).toBe('4');
  } finally {
    await rm(folder, { recursive: true });
  }
});
