import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tail } from './element.ts';
import { elementGroups, elementsOf, type FileElement } from './elements.ts';

async function* inChunks(bytes: Buffer, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function* at(bytes: Buffer, cut: number) {
  yield bytes.subarray(0, cut);
  yield bytes.subarray(cut);
}

async function split(text: string | Buffer, chunk = 1 << 16, limit?: number) {
  const bytes = Buffer.from(text);
  const values: string[] = [];
  for await (const element of elementsOf(inChunks(bytes, chunk), limit === undefined ? {} : { limit })) {
    expect(bytes.subarray(element.start, element.end).equals(element.value)).toBe(true);
    values.push(element.value.toString());
  }
  return values;
}

async function all(elements: AsyncIterable<FileElement>): Promise<FileElement[]> {
  const found: FileElement[] = [];
  for await (const element of elements) found.push(element);
  return found;
}

const array =
  '\uFEFF \n[ {"a":"x\\"]},\\\\","b":[1,{"c":[]}]} ,\t"bare \\" , ]", 9007199254740993,true ,[[],{}],null]\r\n ';
const elements = [
  '{"a":"x\\"]},\\\\","b":[1,{"c":[]}]}',
  '"bare \\" , ]"',
  '9007199254740993',
  'true',
  '[[],{}]',
  'null',
];
const lines = '\r\n{"a":"ä\\n"}\r\n\n  not json \n[1,2]\n"bare"\n{"b":9223372036854775807}';
const lineElements = ['{"a":"ä\\n"}', 'not json', '[1,2]', '"bare"', '{"b":9223372036854775807}'];

describe('a JSON array', () => {
  test('is split into the exact bytes of its elements', async () => {
    expect(await split(array)).toEqual(elements);
    expect(await split('[]')).toEqual([]);
    expect(await split('[1]')).toEqual(['1']);
    expect(await split('["\\\\"]')).toEqual(['"\\\\"']);
  });

  test('is split the same wherever the chunks are cut', async () => {
    const bytes = Buffer.from(array);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const values: string[] = [];
      for await (const element of elementsOf(at(bytes, cut))) values.push(element.value.toString());
      expect(values, `cut at ${cut}`).toEqual(elements);
    }
    for (const size of [1, 2, 3, 7]) expect(await split(array, size)).toEqual(elements);
  });

  test('yields an element that is malformed inside', async () => {
    expect(await split('[{"id":},nope,{"s":"\\u00"}]')).toEqual(['{"id":}', 'nope', '{"s":"\\u00"}']);
  });

  test.each([
    ['[1,2', "ends before the ']' of its array (byte 4)"],
    ['[{"a":1}', "ends before the ']'"],
    ['[', "ends before the ']'"],
    ['[1,', "ends before the ']'"],
    ['[1, {"a":"]', 'ends inside an element of its array (byte 4)'],
    ['[1] x', "the array has ended, yet 'x' follows (byte 4)"],
    ['[1]\n[2]', "the array has ended, yet '[' follows"],
    ['[1 2]', "expected ',' or ']' after an element, found '2' (byte 3)"],
    ['[1,]', "expected an element, found ']' (byte 3)"],
    ['[,1]', "expected an element, found ','"],
    ['[{}}', "expected ',' or ']' after an element, found '}'"],
  ])('%s is refused with its place', async (text, message) => {
    for (const size of [1, 1 << 16]) await expect(split(text, size)).rejects.toThrow(message);
  });
});

describe('JSON lines', () => {
  test('are split line by line, without blank lines and with malformed ones', async () => {
    expect(await split(lines)).toEqual(lineElements);
    expect(await split(`${lines}\n`)).toEqual(lineElements);
  });

  test('are split the same wherever the chunks are cut', async () => {
    const bytes = Buffer.from(lines);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const values: string[] = [];
      for await (const element of elementsOf(at(bytes, cut))) values.push(element.value.toString());
      expect(values, `cut at ${cut}`).toEqual(lineElements);
    }
    for (const size of [1, 2, 3, 7]) expect(await split(lines, size)).toEqual(lineElements);
  });

  test('may begin with malformed lines', async () => {
    expect(await split('oops\n{"a":1}\n')).toEqual(['oops', '{"a":1}']);
  });

  test.each([
    ['id,name\n1,John\n', 'neither a JSON array nor JSON lines'],
    ['"only a string"', 'neither a JSON array nor JSON lines'],
    ['x\n'.repeat(200), 'neither a JSON array nor JSON lines'],
    ['{\n  "id": 1\n}\n', 'one object over several lines'],
  ])('%j is refused', async (text, message) => {
    await expect(split(text)).rejects.toThrow(message);
  });
});

test('an empty file has no elements', async () => {
  expect(await split('')).toEqual([]);
  expect(await split('\uFEFF')).toEqual([]);
  expect(await split(' \n\t\r\n', 1)).toEqual([]);
});

describe('a file of another kind', () => {
  const utf16 = Buffer.from('\uFEFF[1]', 'utf16le');
  test.each([
    ['UTF-16', utf16, 'iconv -f UTF-16 -t UTF-8 events.bin | npx sluice run --input -'],
    ['UTF-16', Buffer.from(utf16).swap16(), 'iconv -f UTF-16 '],
    ['UTF-16', Buffer.from('{"id":1}\n', 'utf16le'), 'iconv -f UTF-16LE '],
    ['UTF-16', Buffer.from('id,name\n', 'utf16le').swap16(), 'iconv -f UTF-16BE '],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), 'iconv -f UTF-32 '],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gunzip -c events.bin | npx sluice run --input -'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), 'zstd -dc events.bin'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'bunzip2 -c events.bin'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'xz -dc events.bin'],
    ['a zip archive or a workbook', Buffer.from('PK\x03\x04\x14\0'), 'unzip -p events.bin'],
    ['an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'Export it as CSV'],
    ['Parquet', Buffer.from('PAR1\x15\x04'), 'Export it as CSV'],
    ['an Avro container', Buffer.from('Obj\x01\x04\x16'), 'Export it as CSV'],
    ['an SQLite database', Buffer.from('SQLite format 3\0'), 'Export it as CSV'],
    ['binary', Buffer.concat([Buffer.from('abc'), Buffer.alloc(64), Buffer.from('\n')]), 'Export it as CSV'],
    ['XML or HTML', Buffer.from('<?xml version="1.0"?>\n<a/>\n'), 'Export it as CSV'],
    ['looks like CSV', Buffer.from('id;name\n1;Ann\n'), '{"format": "csv", "delimiter": ";"}'],
    ['looks like CSV', Buffer.from('id,name\n'), '--input file:events.bin --map map.json'],
    ['over several lines', Buffer.from('{\n  "id": 1\n}\n'), 'jq -c . events.bin'],
    ['over several lines', Buffer.from('{ "id": 1,\n  "name": "x" }\n'), 'jq -c . events.bin'],
  ])('%s is named in the error, with a command that converts it', async (what, bytes, advice) => {
    for (const size of [1, 3, 1 << 16]) {
      const reading = all(elementsOf(inChunks(bytes, size), { name: 'events.bin' }));
      await expect(reading).rejects.toMatchObject({
        code: 'malformed_file',
        message: expect.stringContaining(what),
        advice: expect.stringContaining(advice),
      });
    }
  });

  test('has its name quoted for the shell in the advice', async () => {
    const reading = all(elementsOf(inChunks(Buffer.from([0x1f, 0x8b]), 2), { name: "a b'c.gz" }));
    await expect(reading).rejects.toMatchObject({ advice: expect.stringContaining("gunzip -c 'a b'\\''c.gz' |") });
  });
});

describe('a last line without a line end', () => {
  test.each([
    ['{"id":1}\n{"id":2}', undefined],
    ['{"id":1}\n{"id":2}  ', undefined],
    ['{"id":1}\n"text"', undefined],
    ['{"id":1}\n{"id":', 'incomplete'],
    ['{"id":1}\n{"a":"\u00e9', 'incomplete'],
    ['{"id":1}\n12', 'incomplete'],
    ['{"id":1}\noops', 'incomplete'],
    ['{"id":', 'incomplete'],
    ['{"id":1,', 'incomplete'],
    ['{"id":1}\n  ', undefined],
  ])('%j passes %s to takeTail', async (text, state) => {
    const asked: Tail[] = [];
    const takeTail = (tail: Tail) => {
      asked.push(tail);
      return false;
    };
    for await (const _ of elementsOf(inChunks(Buffer.from(text), 3), { takeTail }));
    expect(asked.map((tail) => tail.state)).toEqual(state === undefined ? [] : [state]);
    for (const { element } of asked) expect(text.endsWith(element.value.toString())).toBe(true);
  });

  test('is read when there is no takeTail', async () => {
    expect(await split('{"id":1}\n{"id":')).toEqual(['{"id":1}', '{"id":']);
  });
});

describe('CSV', () => {
  const layout = { delimiter: ',', columns: null, accept: () => {} };
  async function records(text: string | Buffer, size = 1 << 16, more: object = {}): Promise<string[]> {
    const bytes = Buffer.from(text as string);
    const found: string[] = [];
    for await (const { value, start, end, columns } of elementsOf(inChunks(bytes, size), {
      csv: { ...layout, ...more },
    })) {
      expect(bytes.subarray(start, end).equals(value)).toBe(true);
      found.push(`${columns?.names}|${value}`);
    }
    return found;
  }
  const text = '\uFEFFid, "na,me"\r\n1,"Ann ""A""\r\nLee"\r\n\r\n2,"x,\ny"\n3,a"b\n4,""\r\n5,"a""';
  const rows = ['1,"Ann ""A""\r\nLee"', '2,"x,\ny"', '3,a"b', '4,""', '5,"a""'];

  test('is split at line ends outside quotes, wherever the chunks are cut; its first record names the columns', async () => {
    const whole = text.replace(', "na', ',"na');
    for (const size of [1, 2, 3, 5, 7, 1 << 16]) {
      expect(await records(whole, size)).toEqual(rows.map((row) => `id,na,me|${row}`));
    }
  });

  test('has no header when the columns are given', async () => {
    expect(await records('1,a\n2,b', 2, { columns: ['x', 'y'] })).toEqual(['x,y|1,a', 'x,y|2,b']);
  });

  test.each(['', '\uFEFF', 'id,name', 'id,name\n', 'id,name\r\n\r\n'])('%j has no records', async (nothing) => {
    expect(await records(nothing)).toEqual([]);
  });

  test('keeps an empty first column before a tab', async () => {
    expect(await records('\tb\n\t1\n', 1, { delimiter: '\t' })).toEqual([',b|\t1']);
  });

  test('advises on an unclosed quote that the next run reads the record once it is complete', async () => {
    await expect(records('id,name\n1,a\n2,"b\n3')).rejects.toMatchObject({
      advice: expect.stringMatching(/doubled: "".*the next run reads it once it is complete/),
    });
  });

  test.each([
    ['id,name\n1,a\n2,"b\n3,c\n4,d\n', 'the quote that opens here is never closed (byte 14)'],
    ['id,"name\n1,a\n', 'never closed'],
    ['id,"na"me\n1,a\n', 'text follows its closing quote'],
    [Buffer.from('id,stra\xdfe\n1,a\n', 'latin1'), 'the names of the columns are not UTF-8'],
    ['id,name\r1,a\r2,b\r', 'a carriage return or NUL inside'],
  ])('%j is refused', async (wrong, message) => {
    for (const size of [1, 1 << 16]) await expect(records(wrong, size)).rejects.toThrow(message);
  });

  test.each([
    ['id,name\n1,a', 'unclear'],
    ['id,name\n1', 'incomplete'],
    ['id,name\n1,"a', 'incomplete'],
    ['id,name\n1,a,b', 'incomplete'],
    ['id,name\n1,a\n', undefined],
  ])('%j ends with a record that is %s', async (unended, state) => {
    const asked: string[] = [];
    const takeTail = (tail: Tail) => {
      asked.push(tail.state);
      return true;
    };
    for await (const _ of elementsOf(inChunks(Buffer.from(unended), 2), { csv: layout, takeTail }));
    expect(asked).toEqual(state === undefined ? [] : [state]);
  });
});

test('an element beyond the limit is rejected before it is collected', async () => {
  expect(await split('["1234567890"]', 4, 12)).toEqual(['"1234567890"']);
  for (const size of [4, 1 << 16]) {
    await expect(split('[1,"12345678901"]', size, 12)).rejects.toThrow('larger than 12 bytes (byte 3)');
    await expect(split('{"a":1}\n{"12345678901":1}', size, 12)).rejects.toThrow('larger than 12 bytes (byte 8)');
  }
  await expect(split(`["${'x'.repeat(1000)}`, 10, 100)).rejects.toThrow('larger than 100 bytes');
});

test('each chunk yields one group of elements', async () => {
  const groups: number[] = [];
  for await (const group of elementGroups(inChunks(Buffer.from('[1,2,3,4]'), 4))) groups.push(group.length);
  expect(groups).toEqual([1, 2, 1]);
});

test('any JSON values are yielded byte for byte', async () => {
  const spaces = fc.constantFrom('', ' ', '\n', '\r\n\t ');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.json({ noUnicodeString: false }), spaces, spaces)),
      fc.integer({ min: 1, max: 40 }),
      async (values, size) => {
        const text = `[${values.map(([value, before, after]) => before + value + after).join(',')}]`;
        expect(await split(text, size)).toEqual(values.map(([value]) => value));
      },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json()), fc.integer({ min: 1, max: 40 }), async (values, size) => {
      const all = ['{"first":1}', ...values];
      expect(await split(all.join('\n'), size)).toEqual(all);
    }),
  );
});
