/** Proves that texts of options are parsed, or refused with the expected form. */
import { describe, expect, test } from 'vitest';
import { bytes, decimal, fileSource, hosts, integer, oneOf, severalOf, text, topic } from './parse.ts';

describe.each<[string, (value: string) => unknown, readonly (readonly [string, unknown])[], readonly string[], string]>(
  [
    [
      'a text',
      text,
      [
        ['x', 'x'],
        [' a b ', ' a b '],
      ],
      ['', '  '],
      'expected a text',
    ],
    [
      'some of a few words',
      severalOf('one', 'two', 'three'),
      [
        ['one', ['one']],
        ['three, one', ['three', 'one']],
      ],
      ['', 'four', 'one,', 'One'],
      'expected one, two or three',
    ],
    [
      'a number from 1 to 64',
      integer(1, 64),
      [
        ['1', 1],
        ['64', 64],
        ['007', 7],
      ],
      ['', '0', '65', '-1', '1.0', '1e1', '0x1', ' 1', 'x', '9'.repeat(400)],
      'whole number from 1 to 64',
    ],
    [
      'a number of at least 0',
      integer(0),
      [
        ['0', 0],
        ['9007199254740991', 9007199254740991],
      ],
      ['-1', '9007199254740993', ''],
      'whole number of at least 0',
    ],
    [
      'a decimal of at least 0.1',
      decimal(0.1),
      [
        ['0.1', 0.1],
        ['30', 30],
        ['1e3', 1000],
      ],
      ['', ' ', '0', '-1', 'x', 'Infinity', 'NaN'],
      'number of at least 0.1',
    ],
    [
      'one of two words',
      oneOf('park', 'truncate'),
      [['park', 'park']],
      ['', 'Park', 'parked', ' park'],
      'expected park or truncate',
    ],
    [
      'hosts',
      hosts,
      [
        ['localhost:9092', ['localhost:9092']],
        ['a:1, b:65535', ['a:1', 'b:65535']],
        ['kafka-0.kafka.svc:9092', ['kafka-0.kafka.svc:9092']],
      ],
      [
        '',
        'localhost',
        'localhost:',
        ':9092',
        'a:0',
        'a:65536',
        'a:1,',
        'a:1,,b:2',
        'a:1 b:2',
        '::1:9092',
        '[::1]:9092',
        'a:x',
        'http://a:1',
      ],
      'expected host:port',
    ],
    [
      'a topic',
      topic,
      [
        ['cdc-events', 'cdc-events'],
        ['a.b_c-D9', 'a.b_c-D9'],
        ['x'.repeat(249), 'x'.repeat(249)],
      ],
      ['', '.', '..', 'a b', 'a/b', 'é', 'x'.repeat(250)],
      'is no topic name',
    ],
    [
      'a size',
      bytes,
      [
        ['1', 1],
        ['512k', 524288],
        ['512 KB', 524288],
        ['16MiB', 16777216],
        ['16mib', 16777216],
        ['1G', 1073741824],
        ['10b', 10],
      ],
      ['', '0', '0k', '-1', '1.5M', 'M', '1T', '1 i', '99999999999G', 'lots'],
      'expected a size such as 16MiB',
    ],
    [
      'a source',
      fileSource,
      [
        ['-', '-'],
        ['file:a b.json', 'a b.json'],
        ['file:/x/y:z', '/x/y:z'],
        ['file:a%20b.json', 'a%20b.json'],
        ['file:///x/a%20b.jsonl', '/x/a b.jsonl'],
        ['file://localhost/x/100%25', '/x/100%'],
      ],
      ['', 'file:', 'x.json', '--', 'FILE:x'],
      'expected file:PATH or -',
    ],
  ],
)('%s', (_, parse, read, refused, expected) => {
  test.each(read)('%j is read', (value, result) => {
    expect(parse(value)).toEqual(result);
  });

  test.each(refused)('%j is refused', (value) => {
    expect(() => parse(value)).toThrow(expected);
  });
});
