/** Parsers for the texts of options. Each throws an Error that names the expected form. */
import { fileURLToPath } from 'node:url';

/** Any text with a visible character. */
export function text(value: string): string {
  if (value.trim() === '') throw new Error('expected a text, got nothing');
  return value;
}

/** A whole number within bounds. */
export const integer =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < least || number > most) {
      const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new Error(`expected a whole number ${bounds}, got '${value}'`);
    }
    return number;
  };

/** A whole number of 64 bits, kept as decimal text. */
export function int64(value: string): string {
  if (!/^-?\d{1,19}$/.test(value) || BigInt.asIntN(64, BigInt(value)) !== BigInt(value))
    throw new Error(`expected a whole number of 64 bits, got '${value}'`);
  return value;
}

/** Names of columns, several by comma. */
export function columnNames(value: string): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new Error(`expected names of columns, several by comma, got '${value}'`);
  return [...new Set(names)];
}

/** A number of at least `least`. */
export const decimal =
  (least: number) =>
  (value: string): number => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number) || number < least) {
      throw new Error(`expected a number of at least ${least}, got '${value}'`);
    }
    return number;
  };

/** A share above 0 and below 1, or null for `off`. */
export function breaker(value: string): number | null {
  if (value === 'off') return null;
  const share = Number(value);
  if (value.trim() === '' || !(share > 0 && share < 1)) {
    throw new Error(`expected off or a share between 0 and 1, got '${value}'`);
  }
  return share;
}

/** One of a few words. */
export const oneOf =
  <const W extends string>(...words: readonly W[]) =>
  (value: string): W => {
    const word = words.find((one) => one === value);
    if (word === undefined)
      throw new Error(`expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, got '${value}'`);
    return word;
  };

/** Some of a few words, several by comma. */
export const severalOf =
  <const W extends string>(...words: readonly W[]) =>
  (value: string): W[] =>
    value.split(',').map((part) => oneOf(...words)(part.trim()));

/** `host:port`, several by comma. */
export function hosts(value: string): string[] {
  const list = value.split(',').map((part) => part.trim());
  for (const host of list) {
    if (host.startsWith('['))
      throw new Error(`expected host:port with a name, not the IPv6 literal ${host}, which kafkajs does not support`);
    const port = Number(/^[^:\s]+:(\d+)$/.exec(host)?.[1]);
    if (!(port >= 1 && port <= 65535)) throw new Error(`expected host:port, several by comma, got '${value}'`);
  }
  return list;
}

/** A Kafka topic name. Characters and length are the limits of Kafka. */
export function topic(value: string): string {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(value) || value === '.' || value === '..') {
    throw new Error(`'${value}' is no topic name: letters, digits, '.', '_' and '-', at most 249`);
  }
  return value;
}

/** A JavaScript regular expression. */
export function pattern(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch (error) {
    throw new Error(`expected a regular expression, got '${value}': ${error instanceof Error ? error.message : error}`);
  }
}

/** Bytes, with an optional unit: `16MiB`, `512k`, `1048576`. */
export function bytes(value: string): number {
  const [, number = '', unit = ''] = /^(\d+)\s*([kmg]?)(?:i?b)?$/i.exec(value) ?? [];
  const result = Number(number) * { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase() as '' | 'k'];
  if (number === '' || !Number.isSafeInteger(result) || result <= 0) {
    throw new Error(`expected a size such as 16MiB, got '${value}'`);
  }
  return result;
}

/** `file:PATH`, a `file:///` URL, or `-` for standard input. */
export function fileSource(value: string): string {
  if (value === '-') return value;
  if (value.startsWith('file://')) {
    try {
      return fileURLToPath(value);
    } catch (error) {
      throw new Error(`expected file:///PATH, got '${value}': ${error instanceof Error ? error.message : error}`);
    }
  }
  const path = /^file:(.+)$/s.exec(value)?.[1];
  if (path === undefined) throw new Error(`expected file:PATH or -, got '${value}'`);
  return path;
}

/** The URL of a REST interface. The message does not quote the text, because it may contain a password. */
export function httpUrl(value: string): URL {
  let url: URL;
  try {
    url = new URL(value);
    for (const part of [url.username, url.password]) decodeURIComponent(part);
  } catch {
    throw new Error('expected http://host:port');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('expected http://host:port');
  return url;
}

/** The name of a replication slot. Characters and length are the limits of PostgreSQL. */
export function slotName(value: string): string {
  if (!/^[a-z0-9_]{1,63}$/.test(value)) {
    throw new Error(`'${value}' is not a valid slot name: lower-case letters, digits and _, at most 63`);
  }
  return value;
}
