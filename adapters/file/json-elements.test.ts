import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonElementGroups, jsonElements } from './json-elements.ts';

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
  for await (const element of jsonElements(inChunks(bytes, chunk), limit)) {
    expect(bytes.subarray(element.start, element.end).equals(element.value)).toBe(true);
    values.push(element.value.toString());
  }
  return values;
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
      for await (const element of jsonElements(at(bytes, cut))) values.push(element.value.toString());
      expect(values, `cut at ${cut}`).toEqual(elements);
    }
    for (const size of [1, 2, 3, 7]) expect(await split(array, size)).toEqual(elements);
  });

  test('hands on an element that is malformed inside', async () => {
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
  test('are split line by line, blank ones skipped, malformed ones kept', async () => {
    expect(await split(lines)).toEqual(lineElements);
    expect(await split(`${lines}\n`)).toEqual(lineElements);
  });

  test('are split the same wherever the chunks are cut', async () => {
    const bytes = Buffer.from(lines);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const values: string[] = [];
      for await (const element of jsonElements(at(bytes, cut))) values.push(element.value.toString());
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

test('UTF-16 and gzip are named', async () => {
  await expect(split(Buffer.from('\uFEFF[1]', 'utf16le'))).rejects.toThrow('UTF-16');
  await expect(split(Buffer.from([0x1f, 0x8b, 8, 0]))).rejects.toThrow('gzip');
});

test('an element beyond the limit is refused and not gathered', async () => {
  expect(await split('["1234567890"]', 4, 12)).toEqual(['"1234567890"']);
  for (const size of [4, 1 << 16]) {
    await expect(split('[1,"12345678901"]', size, 12)).rejects.toThrow('larger than 12 bytes (byte 3)');
    await expect(split('{"a":1}\n{"12345678901":1}', size, 12)).rejects.toThrow('larger than 12 bytes (byte 8)');
  }
  await expect(split(`["${'x'.repeat(1000)}`, 10, 100)).rejects.toThrow('larger than 100 bytes');
});

test('elements come in one group a chunk', async () => {
  const groups: number[] = [];
  for await (const group of jsonElementGroups(inChunks(Buffer.from('[1,2,3,4]'), 4))) groups.push(group.length);
  expect(groups).toEqual([1, 2, 1]);
});

test('any JSON values come back as they were written', async () => {
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
