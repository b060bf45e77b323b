/** Proves that long values are cut in the row, and that computed columns use the whole values. */

import { firstValueFrom, of } from 'rxjs';
import { expect, test } from 'vitest';
import { CopyRows } from '../../engines/postgres/load/copy-rows.ts';
import { parseUserEvent } from '../../formats/flat/parse-user-event.ts';
import { enrichedColumns, eventColumns } from '../../schemas/users-enriched.ts';
import { batch, claimOf, raw } from '../../test/batches.ts';
import { enrichments } from '../../udfs/registry.ts';
import { nothingNoticed } from '../progress.ts';
import { perRecord } from '../stage.ts';
import { decode } from './decode.ts';
import { enrich } from './enrich.ts';

const names = [...eventColumns, ...enrichedColumns].map(({ name }) => name);

/** Returns the cells of an event's row by column, in the format of COPY. */
async function rowOf(event: object): Promise<Record<string, string>> {
  const noticed = nothingNoticed();
  const read = (value: Buffer) => parseUserEvent(value, { orderBy: 'sequence', onTooLong: 'truncate', noticed });
  const stage = perRecord(decode(read), enrich({ enrichments, orderBy: 'sequence', noticed, rows: new CopyRows() }));
  const record = raw(JSON.stringify({ id: 1, cdc_operation: 'INSERT', cdc_sequence: 7, ...event }));
  const { records, parked } = await firstValueFrom(of(batch(claimOf(), 0, [record])).pipe(stage));
  expect(parked).toEqual([]);
  const row = records[0]?.row;
  if (row === undefined) throw new Error('no row');
  const { block, start, end } = row;
  const cells = block.toString('utf8', start, end).replace(/\n$/, '').split('\t').slice(3);
  return Object.fromEntries(cells.map((cell, at) => [names[at] ?? `#${at}`, cell]));
}

test.each<[string, object, Record<string, string>]>([
  [
    'a number with an end that does not fit',
    { country: 'DE', phone: '+49 (0) 89 / 1234 5678 - 90' },
    { phone: '+49 (0) 89 / 1234 56', phone_e164: '\\N' },
  ],
  [
    'a number with a long label',
    { phone: 'Telephone (home): +49 171 1234567' },
    { phone: 'Telephone (home): +4', phone_e164: '+491711234567' },
  ],
  [
    'a number that ends beyond the limit',
    { country: 'US', phone: '(416) 967-1111 extension 12345' },
    { phone: '(416) 967-1111 exten', phone_e164: '+14169671111' },
  ],
  [
    'a pair of numbers, the first of which would fit',
    { phone: '+49 171 1234567 / +49 30 901820' },
    { phone: '+49 171 1234567 / +4', phone_e164: '\\N' },
  ],
  [
    'a country with a long name',
    { country: 'The United Kingdom of Great Britain and Northern Ireland' },
    { country: 'The United Kingdom of Great Britain and Northern I', inferred_country: 'GB' },
  ],
  ['an address longer than any', { email: `${'a'.repeat(60)}@${'mail.'.repeat(48)}com` }, { is_valid_email_flag: 'f' }],
  [
    'a name of characters of two code units',
    { first_name: '𠮷'.repeat(101), last_name: 'Lee' },
    { first_name: '𠮷'.repeat(100), full_name: `${'𠮷'.repeat(101)} Lee` },
  ],
])('%s is cut in the row, and computed columns use the whole value', async (_, event, expected) => {
  expect(await rowOf(event)).toMatchObject(expected);
});

test('a text that just fits its column is not cut', async () => {
  expect(await rowOf({ first_name: '😀'.repeat(100), phone: '12345678901234567890' })).toMatchObject({
    first_name: '😀'.repeat(100),
    phone: '12345678901234567890',
  });
});
