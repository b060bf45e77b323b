/** The report of the demo: one event raw and enriched, the record counts, the analytics, and what to try next. */
import { createReadStream } from 'node:fs';
import type pg from 'pg';
import { elementsOf } from '../../adapters/file/elements.ts';
import { readDeadLetters } from '../../engines/postgres/dead-letters/dead-letter-summary.ts';
import type { RecordCounts } from '../../pipeline/batch.ts';
import { fittedTable, terminalWidth } from '../output/table.ts';
import type { DemoServers } from './servers.ts';

type Print = (line: string) => void;

/** Selects the row with the most visible enrichment: a country found or normalized, an address normalized. */
const exampleQuery = `
  select u.*, created_at::text as created_at, updated_at::text as updated_at, cdc_timestamp::text as cdc_timestamp,
         migration_timestamp::text as migration_timestamp
  from users_enriched u
  where cdc_operation <> 'DELETE'
  order by (coalesce(country, '') = '' and inferred_country is not null)::int
         + coalesce(normalized_email <> email, false)::int + coalesce(inferred_country <> country, false)::int desc, id
  limit 1`;

const analyticsQuery = `select country, email_category, user_count, valid_email_count, email_domain_count
  from user_analytics order by user_count desc, country, email_category limit 8`;

const rows = `select id, full_name, email_category as category, inferred_country as country, cdc_operation as operation,
    to_char(cdc_timestamp, 'YYYY-MM-DD HH24:MI:SS') as changed_at
  from users_enriched order by migration_timestamp desc, cdc_timestamp desc, id limit 5`;

const shown = [
  'id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'city',
  'state',
  'country',
  'postal_code',
  'cdc_operation',
];
const computed = [
  'full_name',
  'email_domain',
  'is_valid_email_flag',
  'email_category',
  'normalized_email',
  'inferred_country',
  'migration_timestamp',
];

/** Width of the report: that of the terminal, else 80 columns. */
const columns = terminalWidth() ?? 80;
const indentWidth = 2;

/** The replayed sample, the pipeline that read it, and its record counts. */
export type Replayed = { readonly pipeline: string; readonly sample: string; readonly counts: RecordCounts };

/** Prints the example event, the counters, the dead letters and the analytics. */
export async function showResult(
  client: pg.Client,
  { pipeline, sample, counts }: Replayed,
  print: Print,
): Promise<void> {
  const { rows: found } = await client.query(exampleQuery);
  if (found[0]) await showSideBySide(found[0], sample, print);
  section(
    'Counters',
    ['read', 'applied', 'superseded', 'filtered', 'parked'],
    [[counts.read, counts.applied, counts.superseded, counts.filtered, counts.parked]],
  );
  const { records, offsets, reasons } = await readDeadLetters(client, pipeline);
  if (offsets > 0) {
    const times = offsets === records ? '' : `, at ${offsets} offsets`;
    section(
      `Rejected events: ${records} records${times} (full copy and reason in sluice.dead_letter)`,
      ['code', 'field', 'records', 'for example'],
      reasons.map(({ code, field, records: count, example }) => [code, field, count, toSingleLine(example)]),
    );
  }
  await query('user_analytics, the largest groups', analyticsQuery);
  await query('users_enriched, the newest rows', rows);

  function section(title: string, head: string[], body: (string | number | null)[][]) {
    print('');
    print(title);
    for (const line of fittedTable(head, body, columns - indentWidth)) print(`  ${line}`);
  }
  async function query(title: string, sql: string) {
    const { rows: body, fields } = await client.query(sql);
    const head = fields.map(({ name }) => name);
    const cell = (value: unknown) =>
      value === null ? null : /^\d+$/.test(String(value)) ? Number(value) : toSingleLine(String(value));
    section(
      title,
      head,
      body.map((row) => head.map((name) => cell(row[name]))),
    );
  }
}

async function showSideBySide(row: Record<string, unknown>, sample: string, print: Print): Promise<void> {
  const event = await eventOf(sample, String(row.id), String(row.source_major));
  if (!event) return;
  print('');
  print('One event, raw and enriched');
  const text = (value: unknown) => (value === null || value === undefined ? '' : toSingleLine(String(value)));
  const body = [
    ...shown.map((name) => [name, text(event[name]), text(row[name])]),
    ...computed.map((name) => [name, '', text(row[name])]),
  ];
  const head = ['field', 'event on cdc-events', 'row in users_enriched'];
  for (const line of fittedTable(head, body, columns - indentWidth)) print(`  ${line}`);
}

/** Finds the sample's event behind a row. `JSON.parse` is exact here, because the sample's numbers are small. */
async function eventOf(sample: string, id: string, sequence: string): Promise<Record<string, unknown> | undefined> {
  for await (const { value } of elementsOf(createReadStream(sample))) {
    const event: unknown = JSON.parse(value.toString('utf8'));
    if (typeof event !== 'object' || event === null) continue;
    const fields = event as Record<string, unknown>;
    if (String(fields.id) === id && String(fields.cdc_sequence) === sequence) return fields;
  }
  return undefined;
}

/** Prints commands to try next. `over`: the demo stops its servers, so only general commands are shown. */
export function showNext({ database, kafka }: DemoServers, print: Print, over: boolean): void {
  const { host, port, user, password, database: name } = database;
  const at =
    host === '127.0.0.1'
      ? `postgresql://${user}:${password}@${host}:${port}/${name}`
      : `-h ${host} -p ${port} -U ${user} ${name}`;
  print('');
  if (over) {
    print('Try next: `npm start` keeps everything running,');
    print('`npx sluice --help` shows the rest.');
    return;
  }
  print('Try next, in a second terminal:');
  print(`  psql ${at} -c "SELECT * FROM user_analytics ORDER BY user_count DESC"`);
  if (kafka) {
    print('  npx sluice simulate --count 1000      # invents 1000 more events');
    print('  npx sluice status                     # health, lag and record counts');
  }
  print('  npx sluice enrich data/sample_events.json | head -1');
  print('Ctrl-C stops everything; data stays in .sluice/ (`npx sluice stack destroy` deletes it).');
}

const toSingleLine = (text: string): string => text.replace(/\s/g, ' ');
