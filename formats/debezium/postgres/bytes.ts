/** Bytes, bits and types that are encoded as bytes. */
import { isUtf8 } from 'node:buffer';
import { Rejection } from '../../../schemas/rejection.ts';
import { isObject, JsonNumber, type JsonTree } from '../../json/value.ts';
import type { ValueSettings } from '../settings.ts';
import { type Codec, type Converted, codec, excerpt } from './codec.ts';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const base64Url = /^[A-Za-z0-9_-]*={0,2}$/;
const hex = /^(?:[0-9a-fA-F]{2})*$/;

const undecodable = (encoding: string, text: string): Rejection =>
  new Rejection('wrong_type', `'${excerpt(text)}' is not ${encoding}`);

/** Decodes base64. Node skips invalid characters, so the text is checked first. */
export function base64Bytes(text: string): Buffer | Rejection {
  return base64.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64') : undecodable('base64', text);
}

/** Decodes the text form that `binary.handling.mode` defines. */
function binaryBytes(text: string, mode: ValueSettings['binary']): Buffer | Rejection {
  if (mode === 'bytes' || mode === 'base64') return base64Bytes(text);
  if (mode === 'hex') return hex.test(text) ? Buffer.from(text, 'hex') : undecodable('hexadecimal', text);
  return base64Url.test(text) && text.length % 4 !== 1
    ? Buffer.from(text, 'base64url')
    : undecodable('base64url', text);
}

/** bytea: `\x` and hexadecimal digits. */
export const binaries = (mode: ValueSettings['binary']): Codec =>
  codec('binary data', {
    string: (text) => {
      const bytes = binaryBytes(text, mode);
      return bytes instanceof Rejection ? bytes : `\\x${bytes.toString('hex')}`;
    },
  });

/** Advice for a user-defined type, which only the catalogue of the source defines. */
const askSource =
  'Its type is user-defined, and only the catalogue of the source has the definition: start ' +
  '`npx sluice replicate` with --source-db, and restart it if the type is newer';

/**
 * A type without a Debezium form (`include.unknown.datatypes`): its text as bytes. If the type may be a domain over bytea, only texts
 * without a backslash are accepted, because they mean the same in both.
 */
export const textsAsBytes = (mode: ValueSettings['binary'], maybeBytea: boolean): Codec =>
  codec('a text in bytes', {
    string: (text) => {
      const bytes = binaryBytes(text, mode);
      if (bytes instanceof Rejection) return bytes;
      if (!isUtf8(bytes)) {
        return maybeBytea
          ? `\\x${bytes.toString('hex')}`
          : new Rejection('invalid_utf8', 'the text in bytes is not UTF-8');
      }
      if (maybeBytea && bytes.includes(92)) {
        return new Rejection('not_carried', `bytes, or a text in bytes? ${askSource}`);
      }
      if (bytes.includes(0)) return new Rejection('nul_character', 'PostgreSQL cannot store the NUL character');
      return bytes.toString();
    },
  });

/** The bits as digits. The lowest bit is in the first byte, and zero bytes at the end are left out. */
function bitDigits(bytes: Buffer, length: number): string {
  let digits = '';
  for (let i = 0; i < length; i += 1) digits = (((bytes[i >> 3] ?? 0) >> (i & 7)) & 1) + digits;
  return digits;
}

/** bit(n). */
export const bits = (length: number): Codec =>
  codec('bits', {
    boolean: (value) => (value ? '1' : '0'),
    string: (text) => {
      const bytes = base64Bytes(text);
      return bytes instanceof Rejection ? bytes : bitDigits(bytes, length);
    },
  });

/**
 * bit varying(n), or a type that may be it. Debezium drops leading zeros, so the length is known only if the first bit is set.
 * @param maybeFixed whether it may be a domain over bit(n).
 */
export const varyingBits = (length: number, maybeFixed: boolean): Codec =>
  codec('bits', {
    boolean: (value) => (value ? '1' : lostZeros(maybeFixed)),
    string: (text) => {
      const bytes = base64Bytes(text);
      if (bytes instanceof Rejection) return bytes;
      const isFull = length <= 8 * bytes.length && ((bytes[(length - 1) >> 3] ?? 0) >> ((length - 1) & 7)) & 1;
      return isFull ? bitDigits(bytes, length) : lostZeros(maybeFixed);
    },
  });

const lostZeros = (maybeFixed: boolean): Rejection =>
  new Rejection(
    'not_carried',
    `Debezium drops leading zeros; their number is known for bit(n), but not for bit varying${maybeFixed ? `. ${askSource}` : ''}`,
  );

/** JSON of a type that may be a domain over json or over hstore. A text that could be an hstore is rejected. */
export const jsonOrHstores = codec('a string', {
  string: (text) =>
    text.includes('=>') ? new Rejection('not_carried', `JSON, or an hstore as JSON? ${askSource}`) : text,
});

/** `(x,y)`. */
export const points = codec('a point', {
  tree: (value) => {
    const x = coordinate(value, 'x');
    const y = coordinate(value, 'y');
    return x === null || y === null ? new Rejection('wrong_type', 'expected a point with x and y') : `(${x},${y})`;
  },
});

function coordinate(value: JsonTree, name: string): string | null {
  const given = isObject(value) ? value.get(name) : undefined;
  if (given instanceof JsonNumber) return given.literal;
  return typeof given === 'string' && /^(?:NaN|-?Infinity)$/.test(given) ? given : null;
}

/** PostGIS geometry and geography: WKB and its SRID are combined into the extended WKB that PostGIS reads. */
export const geometries = codec('a geometry', {
  tree: (value) => {
    const wkb = isObject(value) ? value.get('wkb') : undefined;
    const srid = isObject(value) ? value.get('srid') : undefined;
    if (typeof wkb !== 'string') return new Rejection('wrong_type', 'expected a geometry with wkb');
    if (isObject(value) && isObject(value.get('extensions'))) {
      return new Rejection('not_carried', 'Debezium sent a geometric type in the form of a PostGIS geometry');
    }
    const bytes = base64Bytes(wkb);
    if (bytes instanceof Rejection) return bytes;
    return withSrid(bytes, srid instanceof JsonNumber ? Number(srid.literal) : null);
  },
});

const sridFlag = 0x2000_0000;

function withSrid(wkb: Buffer, srid: number | null): Converted {
  if (wkb.length < 5) return new Rejection('wrong_type', 'expected a geometry, got too few bytes');
  const little = wkb[0] === 1;
  const type = little ? wkb.readUInt32LE(1) : wkb.readUInt32BE(1);
  if (srid === null || (type & sridFlag) !== 0) return wkb.toString('hex');
  const head = Buffer.alloc(9);
  head[0] = wkb[0] ?? 0;
  if (little) {
    head.writeUInt32LE((type | sridFlag) >>> 0, 1);
    head.writeInt32LE(srid, 5);
  } else {
    head.writeUInt32BE((type | sridFlag) >>> 0, 1);
    head.writeInt32BE(srid, 5);
  }
  return Buffer.concat([head, wkb.subarray(5)]).toString('hex');
}
