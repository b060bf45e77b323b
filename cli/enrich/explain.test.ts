import { expect, test } from 'vitest';
import { parseUserEvent } from '../../formats/flat/parse-user-event.ts';
import { nothingNoticed } from '../../pipeline/progress.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { explainEvent } from './explain.ts';

function explain(cells: { readonly [cell: string]: string }): string {
  const noticed = nothingNoticed();
  const json = Buffer.from(JSON.stringify({ id: 7, cdc_operation: 'INSERT', ...cells }));
  const event = parseUserEvent(json, { orderBy: 'offset', onTooLong: 'park', noticed });
  if (event instanceof Rejection) throw event;
  return explainEvent(event);
}

test('a given country alone decides', () => {
  expect(explain({ country: 'Deutschland', city: 'Paris' })).toBe(
    '7: DE, by country\n  country     "Deutschland"                  says DE; left: DE\n',
  );
});

test('each evaluated cell is shown with the countries left after it', () => {
  const lines = explain({ city: 'Lyon', postal_code: '69002' }).split('\n');
  expect(lines[0]).toBe('7: FR, by city+postal_code');
  expect(lines[1]).toMatch(/^ {2}postal_code "69002" +says \w\w .* and \d+ more; left: /);
  expect(lines[2]).toMatch(/^ {2}city {8}"Lyon" +says FR/);
});

test('contradicting cells and missing cells have different messages', () => {
  expect(explain({ phone: '+49 30 901820', postal_code: 'SW1A 1AA' })).toContain(
    '7: unknown, the cells do not settle it\n',
  );
  expect(explain({ phone: '+49 30 901820', postal_code: 'SW1A 1AA' })).toContain('left: none');
  expect(explain({})).toBe('7: unknown, nothing says where\n');
});
