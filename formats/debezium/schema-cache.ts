/**
 * Finds the payload of a message without reading its schema. Kafka Connect's JSON converter puts the schema in front of every payload. It
 * is much longer than the payload and changes only when the table is altered. So the bytes in front of the payload are compared with those
 * of earlier messages, and read only when they are new.
 */
import { isUtf8 } from 'node:buffer';
import { Rejection } from '../../schemas/rejection.ts';
import type { Span } from '../json/members.ts';
import { type JsonReader, parseJson } from '../json/reader.ts';
import { markLength, openBrace } from '../json/scan.ts';
import { type Field, readSchema } from './connect-schema.ts';

/** Most schemas in the cache. A topic has one, and another one for some time after each alteration of its table. */
const maxSchemas = 8;
/** Longest cached schema, in bytes. A table of 1,600 columns needs less. */
const maxBytes = 1 << 20;

type Known<Format> = { readonly prefix: Buffer; readonly format: Format };

/** The formats of the schemas of one topic's keys or values. */
export class SchemaCache<Format> {
  readonly #formatOf: (schema: Field | null) => Format;
  /** The last used one comes first. */
  readonly #known: Known<Format>[] = [];
  readonly #bare: Format;
  #open: 'prefix' | 'bare' | 'anywhere' = 'bare';

  /** @param formatOf makes the format of a schema; null for messages without one. */
  constructor(formatOf: (schema: Field | null) => Format) {
    this.#formatOf = formatOf;
    this.#bare = formatOf(null);
  }

  /** The format of the message, with the reader before its payload. Throws a JsonSyntaxError. */
  open(message: Buffer, json: JsonReader): Format | Rejection {
    const known = this.#find(message);
    const text = textOf(message, known?.prefix.length ?? 0);
    if (text instanceof Rejection) return text;
    json.reset(text);
    if (known) {
      this.#open = 'prefix';
      return known.format;
    }
    return this.#read(message, json, text);
  }

  /** Checks the end of the message after its payload. Throws a JsonSyntaxError. */
  close(json: JsonReader): void {
    if (this.#open === 'anywhere') return;
    if (this.#open === 'prefix') {
      json.skipSpace();
      if (!json.take('}')) json.fail("'}'");
    }
    json.end();
  }

  #find(message: Buffer): Known<Format> | undefined {
    const known = this.#known;
    for (let i = 0; i < known.length; i += 1) {
      const one = known[i];
      if (!one || one.prefix.length >= message.length) continue;
      if (message.compare(one.prefix, 0, one.prefix.length, 0, one.prefix.length) !== 0) continue;
      if (i > 0) {
        known.splice(i, 1);
        known.unshift(one);
      }
      return one;
    }
    return undefined;
  }

  /** Reads a message with an unknown beginning. */
  #read(message: Buffer, json: JsonReader, text: string): Format | Rejection {
    json.skipSpace();
    const start = json.at;
    if (text.charCodeAt(start) !== openBrace) {
      if (json.kind() === 'null') {
        this.#open = 'bare';
        return this.#bare;
      }
      json.skipValue();
      json.end();
      return new Rejection('not_an_object', 'expected a JSON object');
    }
    const parts = wrapperParts(json);
    if (parts === null) {
      json.back(start);
      this.#open = 'bare';
      return this.#bare;
    }
    json.end();
    const schema = readSchema(parseJson(text.slice(parts.schema.start, parts.schema.end)));
    const format = schema === null ? this.#bare : this.#formatOf(schema);
    const prefix = Buffer.from(text.slice(0, parts.payload.start));
    if (parts.payload.start > parts.schema.start && schema !== null && prefix.length <= maxBytes) {
      // The text does not contain the byte order mark of the message, if there is one. Then the prefix would never match.
      if (message.subarray(0, prefix.length).equals(prefix)) this.#known.unshift({ prefix, format });
      if (this.#known.length > maxSchemas) this.#known.pop();
    }
    json.back(parts.payload.start);
    this.#open = 'anywhere';
    return format;
  }
}

/** Where schema and payload stand, when the object consists of just these two; else null. */
function wrapperParts(json: JsonReader): { readonly schema: Span; readonly payload: Span } | null {
  let schema: Span | undefined;
  let payload: Span | undefined;
  if (!json.openObject()) return null;
  do {
    const name = json.readName();
    if (name !== 'schema' && name !== 'payload') return null;
    json.skipSpace();
    const start = json.at;
    json.skipValue();
    if (name === 'schema') schema = { start, end: json.at };
    else payload = { start, end: json.at };
  } while (json.nextMember());
  return schema && payload ? { schema, payload } : null;
}

/** The text from this byte on. Invalid UTF-8 would become U+FFFD without an error (rule 18). */
function textOf(message: Buffer, from: number): string | Rejection {
  const text = message.toString('utf8', from === 0 ? markLength(message) : from);
  // Only a text that has the character can have lost something; most have not, and the check is free for them.
  if (text.includes('\ufffd') && !isUtf8(message)) return new Rejection('invalid_utf8', 'the message is not UTF-8');
  // JSON never contains this byte, and the reader would not notice it within a string.
  if (message.indexOf(0, from) >= 0) return new Rejection('invalid_json', 'not JSON: a NUL byte');
  return text;
}
