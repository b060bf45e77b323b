/** Proves which pipeline is chosen if only a database is named. */
import { expect, test } from 'vitest';
import { type Option, settingOf, valueFrom } from '../options/option.ts';
import { options } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { choosePipeline, pipelineChoiceOptions, settlePipeline } from './pipeline.ts';

type Given = Readonly<Record<string, string>>;

function chosen(flags: Given, env: Given = {}) {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Context['origins'][string]> = {};
  for (const name of pipelineChoiceOptions) {
    const option: Option = options[name];
    const setting = settingOf(option, { flags, env });
    values[name] = valueFrom(option, setting);
    origins[name] = setting?.origin ?? 'default';
  }
  const { signal: stop } = new AbortController();
  const context: Context = { stop, print: () => {}, printError: () => {}, origins, env, args: [] };
  return choosePipeline(values as never, context);
}

const [here, there] = ['postgresql://u@here/d', 'postgresql://u@there/d'];

const mysqlVariables = { MYSQL_HOST: 'there', MYSQL_USER: 'u', MYSQL_DATABASE: 'd' };

test.each<[string, Given, Given, string, string, boolean]>([
  [
    'the present flag alone, which leaves the pipeline undecided',
    { 'target-db': here },
    {},
    'here',
    'sluice-users',
    true,
  ],
  ['the present variable', {}, { TARGET_DB_URL: here }, 'here', 'sluice-users', true],
  ['the present flag with topics', { 'target-db': here, topics: '^x' }, {}, 'here', 'cdc-consumer-group', false],
  ['the present flag with a pipeline', { 'target-db': here, 'group-id': 'mine' }, {}, 'here', 'mine', false],
  [
    'the present flag beside an old variable of run',
    { 'target-db': here },
    { DATABASE_URL: there },
    'here',
    'sluice-users',
    true,
  ],
  [
    'the present flag beside variables of a replica',
    { 'target-db': here },
    { TARGET_DB_HOST: 'there' },
    'here',
    'cdc-consumer-group',
    false,
  ],
  [
    'topics beside an old variable of run',
    { topics: '^x' },
    { TARGET_DB_URL: here, DATABASE_URL: there },
    'here',
    'cdc-consumer-group',
    false,
  ],
  ['the old flag of a replica', { 'target-url': here }, { DATABASE_URL: there }, 'here', 'cdc-consumer-group', false],
  ['the old variable of a replica', {}, { TARGET_URL: here, DATABASE_URL: there }, 'here', 'cdc-consumer-group', false],
  ['the flag with MariaDB', { 'target-db': 'mariadb://u:p@there/d' }, {}, 'there', 'cdc-consumer-group', false],
  [
    'the variable with MySQL and a pipeline',
    { 'group-id': 'mine' },
    { TARGET_DB_URL: 'mysql://u:p@there/d' },
    'there',
    'mine',
    false,
  ],
  ['topics beside the variables of MySQL', { topics: '^x' }, mysqlVariables, 'there', 'cdc-consumer-group', false],
  ['the old flag of run', { 'database-url': here }, { TARGET_URL: there }, 'here', 'sluice-users', false],
])('the pipeline is chosen by %s', (_, flags, env, host, groupId, isUndecided) => {
  const chosenPipeline = chosen(flags, env);
  expect({
    host: chosenPipeline.chosen.database.host,
    groupId: chosenPipeline.groupId,
    isUndecided: chosenPipeline.isUndecided,
  }).toEqual({
    host,
    groupId,
    isUndecided,
  });
});

test.each<[string, readonly string[], string, boolean]>([
  ['nothing', [], 'sluice-users', false],
  ['the pipeline of run', ['sluice-users'], 'sluice-users', false],
  ['the pipeline of replicate', ['cdc-consumer-group'], 'cdc-consumer-group', true],
  ['both', ['sluice-users', 'cdc-consumer-group'], 'sluice-users', false],
])('a database with the checkpoints of %s', async (_, pipelines, groupId, isTarget) => {
  const bookkeeping = {
    checkpoints: async (pipeline: string) => (pipelines.includes(pipeline) ? [{ topic: 't' }] : []),
  };
  const chosenPipeline = chosen({ 'target-db': here });
  expect(await settlePipeline(bookkeeping as never, chosenPipeline)).toMatchObject({ groupId, isTarget });
  const named = chosen({ 'target-db': here, 'group-id': 'mine' });
  expect(await settlePipeline(bookkeeping as never, named)).toBe(named);
});
