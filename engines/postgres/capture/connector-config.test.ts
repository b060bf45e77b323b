import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ConnectorOptions, connectorConfig, isListed, topicOf } from './connector-config.ts';

const options: ConnectorOptions = {
  database: { host: 'db', port: 5432, database: 'sourcedb', user: 'migration', password: 'secret' },
  topicPrefix: 'cdc',
  tables: [{ schema: 'public', table: 'users' }],
  withoutKey: [],
  parents: [],
  slot: 'debezium_slot',
  publication: 'dbz_publication',
  plugin: 'pgoutput',
  snapshotMode: 'initial',
  schemas: true,
  partitions: 1,
  heartbeatMs: 10_000,
};
const config = (changes: Partial<ConnectorOptions> = {}) => connectorConfig({ ...options, ...changes });

describe('the configuration of a connector', () => {
  it('sends truncates (rule 23)', () => {
    expect(config()).toMatchObject({ 'skipped.operations': 'none' });
  });

  it('keeps values exact, and stops rather than write null for what it cannot convert (rule 29)', () => {
    expect(config()).toMatchObject({
      'decimal.handling.mode': 'string',
      'interval.handling.mode': 'string',
      'binary.handling.mode': 'bytes',
      'include.unknown.datatypes': 'true',
      'event.converting.failure.handling.mode': 'fail',
      'value.converter.replace.null.with.default': 'false',
      'key.converter.replace.null.with.default': 'false',
      'column.propagate.source.type': '.*',
    });
  });

  it('reads inheritance parents without their children (rule 30)', () => {
    const parent = { schema: 'public', table: 'Odd "one"' };
    const made = config({ parents: [parent] });
    expect(made['snapshot.select.statement.overrides']).toBe('public.Odd "one"');
    expect(made['snapshot.select.statement.overrides.public.Odd "one"']).toBe(
      'select * from only "public"."Odd ""one"""',
    );
    expect(config()).not.toHaveProperty('snapshot.select.statement.overrides');
  });

  it('gives tables without a key one partition (rule 24)', () => {
    const made = config({ withoutKey: [{ schema: 'public', table: 'log' }] });
    expect(made['topic.creation.default.partitions']).toBe('1');
    expect(made['topic.creation.withoutkey.include']).toBe('cdc\\.public\\.log');
    expect(made['topic.creation.withoutkey.partitions']).toBe('1');
  });

  it('names tables exactly', () => {
    const tables = [
      { schema: 'public', table: 'a.b' },
      { schema: 's', table: 'c,d(1)' },
    ];
    expect(config({ tables })['table.include.list']).toBe('(?-i)public\\.a\\.b,(?-i)s\\.c\\,d\\(1\\)');
    const list = config({ tables })['table.include.list'] ?? '';
    expect(['public.a.b', 's.c,d(1)', 'public.A.b', 'public.a_b'].map((name) => isListed(list, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    // A list that a user wrote.
    expect(isListed('public\\.a.*, s\\.users', 's.Users')).toBe(true);
  });

  it('advances the slot while the captured tables do not change', () => {
    expect(config()['heartbeat.action.query']).toContain('pg_logical_emit_message');
    expect(config({ heartbeatMs: 0 })).not.toHaveProperty('heartbeat.action.query');
  });

  it('carries schemas or leaves them out', () => {
    expect(config()['value.converter.schemas.enable']).toBe('true');
    expect(config({ schemas: false })['key.converter.schemas.enable']).toBe('false');
  });
});

it('names the topic of a table', () => {
  expect(topicOf('cdc', { schema: 'public', table: 'users' })).toBe('cdc.public.users');
  expect(topicOf('cdc', { schema: 'public', table: 'Größe 1' })).toBe('cdc.public.Gr__e_1');
});

it('is what the example for people who post it themselves says', () => {
  const file = new URL('../../../docker/connect/source-connector.json', import.meta.url);
  const example = {
    ...connectorConfig({
      ...options,
      database: {
        host: 'source-db',
        port: 5432,
        database: 'sourcedb',
        user: 'migration',
        password: 'migration_secret',
      },
    }),
    // Without `create` no publication exists yet.
    'publication.autocreate.mode': 'filtered',
  };
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ name: 'source-connector', config: example });
});
