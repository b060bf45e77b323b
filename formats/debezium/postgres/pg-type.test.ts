import { describe, expect, it } from 'vitest';
import { plainField } from '../connect-schema.ts';
import { declaredType, isOpaque, parsePgType } from './pg-type.ts';

describe('a type from the catalogue', () => {
  it.each([
    ['numeric(10,2)', 'numeric', false, [10, 2]],
    ['timestamp(3) without time zone[]', 'timestamp', true, [3]],
    ['"char"', 'char', false, []],
    ['bit varying(20)', 'varbit', false, [20]],
    ['pg_catalog.int4', 'int4', false, []],
    ['public.hstore[]', 'hstore', true, []],
    ['"my ext".geometry(Point,4326)', 'geometry', false, []],
  ])('%s is parsed', (text, name, array, modifiers) => {
    expect(parsePgType(text)).toEqual({ name, array, modifiers });
  });

  it.each(['s.money', 'public.bit', '"s x".bytea', 's.numeric', 's.jsonpath', 'app."interval"', 's.box[]'])(
    '%s is not the built-in type of that name',
    (text) => {
      const builtIn = ['money', 'bit', 'bytea', 'numeric', 'jsonpath', 'interval', 'box'];
      expect(builtIn).not.toContain(parsePgType(text).name);
      expect(isOpaque(parsePgType(text))).toBe(false);
    },
  );
});

describe('a type declared in a schema', () => {
  const declared = (type: string) =>
    declaredType(plainField('c', 'string', { parameters: new Map([['__debezium.source.column.type', type]]) }));

  it.each([
    ['INT4', 'int4', false],
    ['_NUMERIC', 'numeric', true],
    ['"S"."MONEY"', '"s"."money"', false],
    ['"S"."_MONEY"', '"s"."money"', true],
    ['"EXT"."HSTORE"', 'hstore', false],
  ])('%s is parsed', (type, name, array) => {
    expect(declared(type)).toMatchObject({ name, array });
  });
});
