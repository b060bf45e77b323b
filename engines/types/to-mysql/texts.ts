/** Text, bytes, bits, enums and identifiers for MySQL and MariaDB. */
import { Rejection } from '../../../schemas/rejection.ts';
import type { LogicalType } from '../logical-type.ts';
import { asIs, type Cast, type CastTarget } from './cast.ts';
import { fitsCatalogue } from './utf8mb3.ts';

type Text = Extract<LogicalType, { kind: 'text' }>;
type Bytes = Extract<LogicalType, { kind: 'bytes' }>;
type Bits = Extract<LogicalType, { kind: 'bits' }>;
type Enum = Extract<LogicalType, { kind: 'enum' }>;

/** Most characters of CHAR. */
const maxChar = 255;
/** Most characters of VARCHAR: a row has 65,535 bytes, a character up to four. */
const maxVarchar = 16_383;
/** Most characters in a key: 3,072 bytes. */
export const maxKeyCharacters = 768;
const maxKeyBytes = 3072;

/** The number of code points, which is what the servers count. */
function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // A pair of surrogates is one character.
    if (unit >= 0xd800 && unit < 0xdc00) count -= 1;
  }
  return count;
}

const limited =
  (limit: number, of: (text: string) => string = asIs) =>
  (text: string) => {
    const value = of(text);
    if (value.length <= limit) return value;
    const length = codePoints(value);
    return length <= limit ? value : new Rejection('too_long', `${length} characters, the column holds ${limit}`);
  };

const withoutPadding = (text: string): string => text.replace(/ +$/, '');

export function texts({ limit, padded }: Text, { keyLimit }: CastTarget): Cast {
  const most = limit !== null && limit <= maxVarchar ? limit : null;
  if (padded && limit !== null && limit <= maxChar)
    return exact(`char(${limit})`, limited(limit, withoutPadding), 'trailing spaces have no meaning at the source');
  const of = padded ? withoutPadding : asIs;
  if (most !== null && (keyLimit === null || most <= maxKeyCharacters))
    return exact(`varchar(${most})`, limited(most, of));
  if (keyLimit === null) return exact('longtext', of);
  const size = Math.min(keyLimit, maxKeyCharacters);
  return partly(
    `varchar(${size})`,
    limited(size, of),
    `part of a key: texts of more than ${size} characters are parked`,
  );
}

/** Geometric types, whose numbers Debezium writes with a point: `(1.0,2.5)`. */
const geometric: ReadonlySet<string> = new Set(['point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle']);

const withoutPoints = (text: string): string => text.replace(/(\d)\.0(?!\d)/g, '$1');

/** Any type that is carried as the text of its source. */
export function asText(name: string, { keyLimit }: CastTarget): Cast {
  const note = `as the text of ${name}`;
  const of = geometric.has(name) ? withoutPoints : asIs;
  if (keyLimit === null) return { ...exact('longtext', of), note };
  const size = Math.min(keyLimit, maxKeyCharacters);
  return partly(
    `varchar(${size})`,
    limited(size, of),
    `${note}; part of a key: more than ${size} characters are parked`,
  );
}

const exact = (sqlType: string, encode: Cast['encode'], note: string | null = null): Cast => ({
  sqlType,
  fidelity: 'exact',
  note,
  encode,
  expression: asIs,
});

const partly = (sqlType: string, encode: Cast['encode'], note: string): Cast => ({
  sqlType,
  fidelity: 'partial',
  note,
  encode,
  expression: asIs,
});

export function bytes({ limit }: Bytes, { keyLimit }: CastTarget): Cast {
  const size = keyLimit === null ? limit : Math.min(keyLimit, maxKeyBytes);
  const encode: Cast['encode'] = (text) => {
    // PostgreSQL's hex form.
    const hex = text.startsWith('\\x') ? text.slice(2) : null;
    if (hex === null) return new Rejection('wrong_type', 'bytes are expected in hex: set bytea_output to hex');
    if (size !== null && hex.length / 2 > size)
      return new Rejection('too_long', `${hex.length / 2} bytes, the column holds ${size}`);
    return hex;
  };
  return {
    sqlType: size === null ? 'longblob' : `varbinary(${size})`,
    fidelity: keyLimit === null ? 'exact' : 'partial',
    note: keyLimit === null ? null : `part of a key: values of more than ${size} bytes are parked`,
    encode,
    expression: (source) => `unhex(${source})`,
    readBack: (column) => `lower(hex(${column}))`,
  };
}

/** Most bits of BIT. */
const maxBits = 64;

export function bits({ length, varying }: Bits, { keyLimit }: CastTarget): Cast {
  if (!varying && length !== null && length <= maxBits)
    return {
      sqlType: `bit(${length})`,
      fidelity: 'exact',
      note: null,
      encode: (text) =>
        /^[01]+$/.test(text) ? String(BigInt(`0b${text}`)) : new Rejection('wrong_type', 'expected a string of bits'),
      // A string would count as bytes.
      expression: (source) => `cast(${source} as unsigned)`,
      readBack: (column) => `cast(${column} as unsigned)`,
    };
  const size = length ?? keyLimit;
  const type = size !== null && size <= maxVarchar ? `varchar(${size})` : 'longtext';
  return exact(`${type} character set ascii`, asIs, 'as text of 0 and 1, with its length');
}

/** Most characters of a label, and most labels. */
const maxLabel = 255;
const maxLabels = 65_535;

/** ENUM ignores trailing spaces of its labels. */
const isCarried = (label: string): boolean => label.length <= maxLabel && !label.endsWith(' ') && fitsCatalogue(label);

export function enums({ labels }: Enum): Cast {
  if (labels.length > maxLabels || !labels.every(isCarried) || labels.length === 0)
    return exact(`varchar(${maxKeyCharacters})`, asIs, 'as text, because ENUM cannot have these labels');
  return exact(`enum(${labels.map(quotedLabel).join(',')})`, asIs);
}

/** A string literal that does not depend on NO_BACKSLASH_ESCAPES. */
export const quotedText = (text: string): string =>
  text.includes('\\') ? `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'` : `'${text.replaceAll("'", "''")}'`;

/** A label in DDL, where no character set may stand before a literal. */
const quotedLabel = (label: string): string => quotedText(label).replace(/^_utf8mb4 /, '');

/** The text form of a uuid is the same on both sides. */
export function uuids({ policies, flavor }: CastTarget): Cast {
  if (policies.uuid === 'binary')
    return {
      ...exact('binary(16)', asIs),
      expression: (source) => `unhex(replace(${source}, '-', ''))`,
      readBack: (column) => `lower(hex(${column}))`,
      canonical: (text) => text.replaceAll('-', ''),
    };
  return policies.uuid === 'native' && flavor === 'mariadb'
    ? exact('uuid', asIs)
    : exact('char(36) character set ascii', asIs);
}
