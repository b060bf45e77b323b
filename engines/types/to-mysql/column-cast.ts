/** The cast table: what becomes of each logical type in MySQL and MariaDB. DDL, load and stream read it. */
import type { LogicalType } from '../logical-type.ts';
import type { Cast, CastTarget } from './cast.ts';
import { arrays, composites, json, maps, sameDocument } from './documents.ts';
import { booleans, decimals, floats, integers, money } from './numbers.ts';
import { asText, bits, bytes, enums, texts, uuids } from './texts.ts';
import { dates, intervals, times, timestamps } from './times.ts';

/** Returns how a column of this type is carried. */
export function castToMysql(type: LogicalType, target: CastTarget): Cast {
  const cast = castOf(type, target);
  // MariaDB keeps the text of a document.
  return cast.sqlType === 'json' && target.flavor === 'mysql' ? { ...cast, canonical: sameDocument } : cast;
}

function castOf(type: LogicalType, target: CastTarget): Cast {
  switch (type.kind) {
    case 'boolean':
      return booleans;
    case 'integer':
      return integers(type);
    case 'decimal':
      return decimals(type, target);
    case 'float':
      return floats(type, target);
    case 'text':
      return texts(type, target);
    case 'bytes':
      return bytes(type, target);
    case 'bits':
      return bits(type, target);
    case 'date':
      return dates(target);
    case 'time':
      return times(type);
    case 'timestamp':
      return timestamps(type, target);
    case 'interval':
      return intervals(target);
    case 'uuid':
      return uuids(target);
    case 'json':
      return json(target);
    case 'enum':
      return enums(type);
    case 'array':
      return arrays(type);
    case 'composite':
      return composites(type);
    case 'map':
      return maps;
    case 'money':
      return money;
    case 'other':
      return asText(type.name, target);
  }
}
