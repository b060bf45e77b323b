/** Proves that parked records are reported once with their reasons, and that a run with mostly parked records is not a success. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootstrap, describeServers, freshDatabase, freshTopic } from '../test/context.ts';
import { type Finished, sluice } from '../test/sluice.ts';
import { events, produce } from '../test/source-worker.ts';

type Line = { readonly level: string; readonly msg: string; readonly [field: string]: unknown };

const linesOf = ({ stderr }: Finished): Line[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Returns the command in a message, split as by a shell. */
const commandIn = (text: string): string[] => {
  const [, statement = ''] = /npx sluice sql "(.*)"$/m.exec(text) ?? [];
  return ['sql', '--json', statement.replaceAll('\\', '')];
};

const bad = (...ids: number[]) => ids.map((id) => ({ key: String(id), value: JSON.stringify({ user_id: id }) }));

describeServers('a parked record', () => {
  const environment = (database: { url: string }) => ({
    KAFKA_BOOTSTRAP_SERVERS: bootstrap(),
    DATABASE_URL: database.url,
    SLUICE_DIR: '/nonexistent',
    SLUICE_LOG_FORMAT: 'json',
  });

  test('ends a run with a warning, its reason and a command, and with a failure on request', async () => {
    await using database = await freshDatabase('parked');
    await using topic = await freshTopic(2);
    await produce(topic.name, [...events(1, 40), ...bad(1, 2), { value: 'no json' }]);
    const env = environment(database);
    const reading = ['run', '--until-caught-up', '--topic', topic.name];
    for (const parallelism of ['1', '2']) {
      const group = `g${parallelism}`;
      const args = [...reading, '--group-id', group, '--parallelism', parallelism, '--fail-on-parked'];
      const ran = await sluice(args, { env });
      expect(ran.code).toBe(3);
      const lines = linesOf(ran);
      const last = lines.at(-2);
      expect(last).toMatchObject({ level: 'warn', parked: 3 });
      expect(last?.msg).toMatch(/^3 records parked: missing_field \(id\) ×2, invalid_json ×1; npx sluice sql "SELECT/);
      expect(lines.at(-1)).toMatchObject({ level: 'fatal', code: 'records_parked', exit: 3 });
      const shown = await sluice(commandIn(last?.msg ?? ''), { env });
      const letters = JSON.parse(shown.stdout);
      expect(letters.map((one: { code: string; count: string }) => [one.code, Number(one.count)])).toEqual([
        ['missing_field', 2],
        ['invalid_json', 1],
      ]);
    }
    const status = await sluice(['status', '--group-id', 'g1'], { env });
    expect(status).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^idle: .*\n3 records are parked: missing_field/),
    });
    expect((await sluice(commandIn(status.stdout), { env })).stdout).toContain('invalid_json');
    await produce(topic.name, events(100, 1));
    const clean = await sluice([...reading, '--group-id', 'g1', '--fail-on-parked'], { env });
    expect(clean.code).toBe(0);
    expect(linesOf(clean).filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('sets the verdict if most records are parked: of a file, and after the breaker', async () => {
    await using database = await freshDatabase('parked');
    await using topic = await freshTopic(2);
    const folder = await mkdtemp(join(tmpdir(), 'sluice-parked-'));
    const file = join(folder, 'other.jsonl');
    await writeFile(file, '{"user_id":1}\n{"user_id":2}\n');
    const env = environment(database);
    expect((await sluice(['run', '--source', `file:${file}`, '--group-id', 'own'], { env })).code).toBe(0);
    expect(await sluice(['status', '--group-id', 'own'], { env })).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^parked: 2 of the last 2 records of file:.* are dead letters; everything in the file/,
      ),
    });
    await writeFile(file, '{"id":1,"cdc_operation":"INSERT","cdc_sequence":1}\n');
    await sluice(['run', '--source', `file:${file}`, '--group-id', 'own', '--on-lost-position', 'earliest'], { env });
    await rm(folder, { recursive: true });

    await produce(topic.name, [...events(1, 10), ...bad(...Array.from({ length: 900 }, (_, id) => id))]);
    const flood = await sluice(['run', '--until-caught-up', '--topic', topic.name, '--group-id', 'flood'], { env });
    expect(flood.code).toBe(3);
    expect(linesOf(flood).at(-1)).toMatchObject({ level: 'fatal', code: 'breaker' });
    const status = await sluice(['status', '--group-id', 'flood', '--json'], { env });
    expect(status.code).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'parked' });
  });

  test('counts once if the same bytes arrive several times', async () => {
    await using database = await freshDatabase('parked');
    await using topic = await freshTopic(1);
    const env = environment(database);
    const run = ['run', '--until-caught-up', '--topic', topic.name];
    for (let replay = 0; replay < 2; replay += 1) {
      await produce(topic.name, [...events(1, 20), ...bad(1, 2), { key: '3', value: null }]);
      expect((await sluice(run, { env })).code).toBe(0);
    }
    const { deadLetters, remark } = JSON.parse((await sluice(['status', '--json'], { env })).stdout);
    expect(deadLetters).toMatchObject({ records: 2, offsets: 4 });
    expect(remark).toMatch(/^2 records are parked, at 4 offsets: missing_field \(id\) ×2\n/);
  });
});
