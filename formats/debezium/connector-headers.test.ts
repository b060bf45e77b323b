import { describe, expect, it } from 'vitest';
import { connectorHeaderReader } from './connector-headers.ts';
import type { MessageHeaders } from './row-event.ts';

const headers = (list: readonly (readonly [string, string | null])[], encoded?: string): MessageHeaders => ({
  list: () => list.map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)] as const),
  ...(encoded === undefined ? {} : { encoded: Buffer.from(encoded) }),
});

describe('the header of a connector', () => {
  it.each([
    ['sluice_12', 'sluice_12'],
    ['"sluice_12"', 'sluice_12'],
    ['{"schema":{"type":"string","optional":false},"payload":"sluice_12"}', 'sluice_12'],
    ['{no JSON', '{no JSON'],
  ])('%s is read, for every converter that wrote it', (value, placeholder) => {
    const read = connectorHeaderReader();
    expect(read(headers([['sluice.placeholder', value]]))).toEqual({ placeholder, nullIsNull: true, isBeside: false });
    expect(read(headers([['sluice.placeholder.lenient', value]]))).toEqual({
      placeholder,
      nullIsNull: false,
      isBeside: false,
    });
  });

  it('may be missing', () => {
    const read = connectorHeaderReader();
    expect(read(undefined)).toBeNull();
    expect(read(headers([['__debezium.oldkey', '{}']]))).toBeNull();
    expect(read(headers([['sluice.placeholder', null]]))).toBeNull();
  });

  it('is the last one if there are several, because the connector adds it itself', () => {
    const both = headers([
      ['sluice.placeholder', 'first'],
      ['sluice.placeholder.lenient', 'last'],
    ]);
    expect(connectorHeaderReader()(both)).toEqual({ placeholder: 'last', nullIsNull: false, isBeside: false });
  });

  it('is decoded again only if the bytes of the headers differ', () => {
    const read = connectorHeaderReader();
    const said = read(headers([['sluice.placeholder', 'a']], 'one'));
    expect(read(headers([['sluice.placeholder', 'ignored']], 'one'))).toBe(said);
    expect(read(headers([['sluice.placeholder', 'b']], 'two'))?.placeholder).toBe('b');
  });
});
