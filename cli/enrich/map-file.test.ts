/** Proves that a map is parsed correctly, and that a mistake is refused with its path. */
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../services/diagnose.ts';
import { csvFormat } from '../../services/enrich/map-columns.ts';
import { parseMap } from './map-file.ts';

const parse = (map: unknown) => parseMap(typeof map === 'string' ? map : JSON.stringify(map));

test('a map without members does not change records', () => {
  const { csv, rules, ignored, orderBy } = parse({});
  expect({ csv, ignored, orderBy }).toEqual({ csv: null, ignored: [], orderBy: null });
  expect(rules.every(({ from, target, isMapped }) => from === target && !isMapped)).toBe(true);
});

test('CSV has commas, a header and empty cells for NULL by default', () => {
  expect(parse({ format: 'csv' }).csv).toEqual({ delimiter: ',', columns: null, nulls: [''] });
  const given = { format: 'csv', delimiter: '\t', columns: ['id', 'email'], nulls: ['\\N'] };
  expect(parse(given).csv).toEqual({ delimiter: '\t', columns: ['id', 'email'], nulls: ['\\N'] });
});

describe('a mistake is refused with its path', () => {
  test.each([
    ['{', 'the map: not JSON: it ends too early'],
    [[], 'the map: expected an object, got a list'],
    [{ field: {} }, "field: unknown member, did you mean 'fields'?"],
    [{ fields: { fist_name: 'a' } }, "fields.fist_name: unknown member, did you mean 'first_name'?"],
    ['{"fields":{"id":"a","id":"b"}}', 'fields.id: is given twice'],
    [{ fields: { id: { form: 'a' } } }, "fields.id.form: unknown member, did you mean 'from'?"],
    [{ fields: { id: '' } }, 'fields.id: expected the name of a source field, got an empty text'],
    [{ fields: { id: 1 } }, 'fields.id: expected "source_field"'],
    [{ fields: { id: null } }, 'fields.id: id is required'],
    [{ fields: { id: { constant: 1 } } }, 'fields.id: id differs from record to record'],
    [{ fields: { city: { constant: 'a', from: 'b' } } }, 'fields.city: constant stands alone'],
    [{ fields: { id: { from: 'a', as: 'text' } } }, 'fields.id.as: id is read as it is written'],
    [{ fields: { created_at: { as: 'epoch_sec' } } }, 'fields.created_at.as: expected epoch_s or epoch_ms or epoch_us'],
    [{ fields: { city: { as: 'epoch_s' } } }, "fields.city.as: expected text, got 'epoch_s'"],
    [{ fields: { city: { values: {} } } }, 'fields.city.values: only cdc_operation has values'],
    [
      { fields: { cdc_operation: { values: { c: 'INSRT' } } } },
      "values.c: expected INSERT, UPDATE or DELETE, got 'INSRT', did you mean 'INSERT'?",
    ],
    [{ fields: { cdc_operation: { constant: 'MERGE' } } }, 'fields.cdc_operation.constant: expected INSERT'],
    [
      { fields: { country: { constant: 'x'.repeat(51) } } },
      'fields.country.constant: country: 51 characters, the column holds 50',
    ],
    [
      { fields: { created_at: { default: 'soon' } } },
      "fields.created_at.default: created_at: 'soon' is not an ISO 8601 timestamp",
    ],
    [{ format: 'tsv' }, "format: expected json or csv, got 'tsv'"],
    [{ delimiter: ';' }, 'delimiter: only "format": "csv" has it'],
    [{ format: 'csv', delimiter: ';;' }, 'delimiter: expected one character'],
    [{ format: 'csv', delimiter: '"' }, 'delimiter: expected one character'],
    [{ format: 'csv', columns: ['a', 'a'] }, 'columns: a name occurs twice'],
    [
      { orderBy: 'sequenz' },
      "orderBy: expected sequence or timestamp or offset, got 'sequenz', did you mean 'sequence'?",
    ],
    [{ fields: { id: 'a' }, ignore: ['a'] }, "ignore[0]: 'a' fills id"],
  ])('%j is a mistake that the error explains', (map, message) => {
    let error: unknown;
    try {
      parse(map);
    } catch (thrown) {
      error = thrown;
    }
    expect(diagnose(error)).toMatchObject({ code: 'map_invalid', kind: 'usage' });
    expect(String(error)).toContain(message);
  });
});

describe('the columns of a file', () => {
  const map = { format: 'csv', fields: { id: 'user_id', email: 'mail' } };
  const check = (columns: string[], orderBy: 'sequence' | 'offset' | 'timestamp' = 'offset', more: object = {}) =>
    csvFormat(parse({ ...map, ...more }), orderBy)?.accept(columns);

  test('fit if the file has all columns that the map names', () => {
    check(['user_id', 'mail', 'other']);
    check(['mail', 'user_id', 'cdc_sequence'], 'sequence');
  });

  test.each([
    [['userId', 'mail'], 'offset', {}, "the file has no column 'user_id' (fields.id), did you mean 'userId'?"],
    [['user_id', 'user_id', 'mail'], 'offset', {}, "the file has 2 columns named 'user_id' (fields.id)"],
    [['{"user_id":1', '"mail":"x"}'], 'offset', {}, 'the file looks like JSON, but the map is for CSV'],
    [['user_id;mail'], 'offset', {}, 'the first line of the file has no ",", but ";"'],
    [['user_id', 'mail'], 'sequence', {}, "the file has no column 'cdc_sequence', and every event needs one"],
    [['user_id', 'mail'], 'timestamp', {}, "the file has no column 'cdc_timestamp', and every event needs one"],
    [
      ['ID', 'mail'],
      'offset',
      { fields: {} },
      "the file has no column 'id', and every event needs one, did you mean 'ID'?",
    ],
  ] as const)('%j ordered by %s are refused before a row is read', (columns, orderBy, more, message) => {
    expect(() => check([...columns], orderBy, more)).toThrow(message);
  });
});
