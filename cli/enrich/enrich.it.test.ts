/** Proves that `sluice enrich` refuses the records that `run` refuses, with reasons, and applies `--map`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sluice, start } from '../../test/sluice.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-enrich-'));
});
afterAll(() => rm(folder, { recursive: true }));

const event = (fields: object) => `${JSON.stringify({ id: 1, cdc_operation: 'INSERT', cdc_sequence: 2, ...fields })}\n`;

test.concurrent('records that lack only their order are printed, and counted as records that run would park', async () => {
  const dated = { cdc_sequence: null, cdc_timestamp: '2024-01-15', email: 'Ann@X.org' };
  const input = `${event({ cdc_sequence: null })}${event(dated)}`;
  const bySequence = await sluice(['enrich'], { input });
  expect(bySequence.code).toBe(0);
  const shown = bySequence.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(shown).toMatchObject([{ id: 1 }, { cdc_sequence: null, email_domain: 'x.org' }]);
  expect(bySequence.stderr.split('\n')).toEqual([
    'record 1: missing_field: cdc_sequence: required, but missing; shown, but `npx sluice run` would park it',
    'record 2: missing_field: cdc_sequence: required, but missing; shown, but `npx sluice run` would park it',
    '2 of 2 records are shown, but `npx sluice run` would park them: missing_field of cdc_sequence (2)',
    'for events without cdc_sequence use --order-by timestamp or offset, here and in run',
    expect.stringContaining('warning: run would write none of these records. A map assigns'),
    '',
  ]);
  expect(await sluice(['enrich', '--fail-on-parked'], { input })).toMatchObject({ code: 3, stdout: bySequence.stdout });
  const byTime = await sluice(['enrich', '--order-by', 'timestamp'], { input });
  expect(byTime.stdout.trim().split('\n')).toHaveLength(2);
  expect(byTime.stderr).toContain(
    '1 of 2 records are shown, but `npx sluice run` would park them: missing_field of cdc_t',
  );
  const byPlace = await sluice(['enrich', '--order-by', 'offset'], { input });
  expect(byPlace).toMatchObject({ code: 0, stderr: '' });
  expect(await sluice(['enrich', '--order-by', 'lsn'], { input })).toEndWith(2);
});

test.concurrent('a record that lacks more than its order is refused with the same reason as in run', async () => {
  const input = event({ cdc_sequence: null, created_at: 'soon' });
  const { stdout, stderr } = await sluice(['enrich'], { input });
  expect(stdout).toBe('');
  expect(stderr).toContain('record 1: missing_field: cdc_sequence: required, but missing\n');
  expect(stderr).toContain('1 of 1 records were refused: missing_field of cdc_sequence (1)');
});

test.concurrent('--fail-on-parked exits with 3 when a record was refused, and with 0 when none was', async () => {
  const bad = await sluice(['enrich', '--fail-on-parked'], { input: `${event({})}oops\n` });
  expect(bad.code).toBe(3);
  expect(bad.stderr).toContain('1 of 2 records were refused: invalid_json (1)');
  expect(await sluice(['enrich', '--fail-on-parked'], { input: event({}) })).toMatchObject({ code: 0, stderr: '' });
});

test.concurrent('times finer than a microsecond are refused with the option that cuts them', async () => {
  const input = event({ created_at: '2024-01-15T10:30:00.1234567Z' });
  expect((await sluice(['enrich'], { input })).stderr).toContain('--on-too-precise cut');
  const cut = await sluice(['enrich', '--on-too-precise', 'cut'], { input });
  expect(JSON.parse(cut.stdout)).toMatchObject({ created_at: '2024-01-15 10:30:00.123456' });
});

test.concurrent('unknown fields are reported with their counts', async () => {
  const { stderr } = await sluice(['enrich'], { input: `${event({ nick: 1 })}${event({ nick: 2, age: 3 })}` });
  expect(stderr).toBe('fields that no column takes were left out: nick (2), age (1)\n');
});

test.concurrent('an empty input is reported', async () => {
  expect(await sluice(['enrich'], { input: '' })).toMatchObject({ code: 0, stderr: 'no records were found\n' });
});

test.concurrent('an early closed output reports the records read so far, as only the first ones', async () => {
  const file = join(folder, 'many.jsonl');
  const lines = Array.from({ length: 40_000 }, (_, i) =>
    event({ id: i, ...(i % 2 === 0 ? { created_at: 'soon' } : {}) }),
  );
  await writeFile(file, lines.join(''));
  const running = start(['enrich', file]);
  running.closeOutput();
  const { stderr } = await running.finished;
  const [, refused, read] =
    /^(\d+) of the first (\d+) records read were refused: invalid_timestamp of created_at/m.exec(stderr) ?? [];
  expect(Number(read)).toBeLessThan(40_000);
  expect(Number(refused)).toBe(Math.ceil(Number(read) / 2));
});

test.concurrent('a map reads CSV, and numbers keep all digits', async () => {
  const map = join(folder, 'map.json');
  const file = join(folder, 'users.csv');
  await writeFile(
    map,
    JSON.stringify({ format: 'csv', delimiter: ';', orderBy: 'offset', fields: { id: 'no', email: 'mail' } }),
  );
  await writeFile(file, 'no;mail\n9007199254740993;Ann@X.org\n7;"a\n');
  const { stdout, stderr, code } = await sluice(['enrich', '--map', map, file]);
  expect(code).toBe(1);
  expect(stdout).toContain('"id":9007199254740993,');
  expect(stderr).toContain('the quote that opens here is never closed (byte 37) [malformed_file]');
});

test.concurrent('an invalid map ends the command with 2 before any record is read', async () => {
  const map = join(folder, 'wrong.json');
  await writeFile(map, '{"fields": {"fist_name": "x"}}');
  const { code, stderr } = await sluice(['enrich', '--map', map], { input: event({}) });
  expect(code).toBe(2);
  expect(stderr).toContain("fields.fist_name: unknown member, did you mean 'first_name'?");
});
