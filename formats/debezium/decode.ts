/**
 * Decodes Debezium's messages of one topic into row events: enveloped or flattened, with or without a schema. It has no side effects
 * outside its arguments.
 */
import { Rejection } from '../../schemas/rejection.ts';
import { JsonReader } from '../json/reader.ts';
import { JsonSyntaxError } from '../json/scan.ts';
import type { Field } from './connect-schema.ts';
import { type ConnectorHeader, connectorHeaderReader } from './connector-headers.ts';
import { type EnvelopeFormat, readEnvelope } from './envelope.ts';
import { flattenedReader, isMetadata } from './flattened.ts';
import { type PgType, parsePgType } from './postgres/pg-type.ts';
import { type ColumnTypes, memberNames, type RowReader, rowReader } from './read-row.ts';
import { type Decoded, type Filtered, type MessageHeaders, type Row, type RowEvent, unchanged } from './row-event.ts';
import { SchemaCache } from './schema-cache.ts';
import { defaultSettings, type ValueSettings } from './settings.ts';
import { resolveUnclearNulls, type UnclearNull, unclearNulls } from './unclear-nulls.ts';

/** Properties of the topic. */
export type DecoderOptions = {
  readonly settings?: Partial<ValueSettings>;
  /**
   * The type of a column from the source's catalogue, as `format_type` prints it; for a domain its base type, for composite types `record`
   * (`record[]` for arrays of these or of domains). Undefined when not known. Called once for each column. Without it, types are taken
   * from the message's schema; without a schema, values are taken as they are.
   */
  readonly types?: (column: string) => string | undefined;
  /** The same for messages without a schema only, because a message's own schema was right when it was written. */
  readonly schemaless?: (column: string) => string | undefined;
  /**
   * The definition of a user-defined type at the source, in the form of `types`. For messages that contain only its name, in the form of
   * {@link PgType}. Undefined when not known.
   */
  readonly named?: (type: PgType) => string | undefined;
  /** Takes every object as a flattened row, even without metadata. */
  readonly flattened?: boolean;
  /** See {@link UnclearNull}. */
  readonly unclearNull?: UnclearNull;
};

/** Reads one message. Key, value and headers are as in Kafka. Never throws. */
export type Decoder = (key: Buffer | null, value: Buffer | null, headers?: MessageHeaders) => Decoded;

type Kind = 'envelope' | 'flattened' | Filtered['reason'] | 'unknown';

type Format = {
  /** Null when it must be determined for each message. */
  readonly kind: Kind | null;
  readonly envelope: EnvelopeFormat;
  readonly flattened: ReturnType<typeof flattenedReader>;
};

/** Determines the kind from the members of the payload. */
function kindOf(names: readonly string[]): Kind {
  if (names.includes('op') && names.includes('source')) return 'envelope';
  if (names.includes('__op') || names.includes('__deleted')) return 'flattened';
  if (names.length === 1 && names[0] === 'ts_ms') return 'heartbeat';
  if (names.includes('status') && names.includes('id') && names.includes('event_count')) return 'transaction marker';
  if (names.includes('ddl') && names.includes('source')) return 'schema change';
  return names.some(isMetadata) ? 'flattened' : 'unknown';
}

const kinds: readonly (readonly [suffix: string, kind: Kind])[] = [
  ['.Envelope', 'envelope'],
  ['.Heartbeat', 'heartbeat'],
  ['.TransactionMetadataValue', 'transaction marker'],
  ['.SchemaChangeValue', 'schema change'],
  ['.MessageValue', 'logical message'],
];

function kindOfSchema(schema: Field): Kind {
  const kind = kinds.find(([suffix]) => schema.semantic?.endsWith(suffix));
  return kind?.[1] ?? kindOf(schema.fields.map(({ name }) => name));
}

/** Most decoders in the cache, one for each connector of a topic. A topic has one, until it is deleted and recreated. */
const maxConnectors = 4;

/**
 * A decoder for the messages of one topic. It caches the topic's last schemas, so every topic needs its own. The headers of a message
 * override the options.
 */
export function debeziumDecoder(options: DecoderOptions = {}): Decoder {
  const headerOf = connectorHeaderReader();
  const defaultDecoder = decoderOf(options);
  const decoders = new Map<string, Decoder>();
  let last: { readonly header: ConnectorHeader | null; readonly decoder: Decoder } = {
    header: null,
    decoder: defaultDecoder,
  };
  const decoderFor = (header: ConnectorHeader): Decoder => {
    const name = `${header.nullIsNull} ${header.isBeside} ${header.placeholder}`;
    const known = decoders.get(name);
    if (known) return known;
    const { placeholder, nullIsNull, isBeside } = header;
    const own = decoderOf({
      ...options,
      settings: { ...options.settings, placeholder },
      ...(nullIsNull ? { unclearNull: 'null' } : {}),
      isBeside,
    });
    if (decoders.size === maxConnectors) decoders.clear();
    decoders.set(name, own);
    return own;
  };
  return (key, value, headers) => {
    const header = headerOf(headers);
    if (header !== last.header) last = { header, decoder: header === null ? defaultDecoder : decoderFor(header) };
    return last.decoder(key, value, headers);
  };
}

/** Returns a decoder for messages of one connector. `isBeside`: the connector only reads rows, while another one streams the changes. */
function decoderOf(options: DecoderOptions & { readonly isBeside?: boolean }): Decoder {
  const settings = { ...defaultSettings, ...options.settings };
  const unclearNull = options.unclearNull ?? 'park';
  const { named } = options;
  const types: ColumnTypes = byColumn(options.types, (declared) => {
    const text = declared === null ? undefined : named?.(declared);
    return text === undefined ? undefined : parsePgType(text);
  });
  const schemaless = options.schemaless ? byColumn(options.schemaless) : types;
  const typesFor = (schema: Field | null): ColumnTypes => (schema === null ? schemaless : types);
  const json = new JsonReader();
  const keyJson = new JsonReader();
  const values = new SchemaCache((schema) => formatOf(schema, typesFor(schema), settings));
  const keys = new SchemaCache((schema) =>
    rowReader(schema?.fields ?? null, typesFor(schema), { ...settings, placeholder: null }),
  );
  // No closures are created per message: that would cost more than reading it.
  let headers: MessageHeaders | undefined;
  const isMoved = (): boolean => oldKeyOf(headers) !== null;

  /** The kind of the bare payload at the reader. Every connector's envelopes start in the same way. */
  const bareKind = (): Kind => {
    if (json.text.startsWith('{"before":', json.at)) return 'envelope';
    const start = json.at;
    const kind = kindOf(memberNames(json));
    json.back(start);
    return kind;
  };

  /** Reads a key by its own schema, unless a reader is given. */
  const readKey = (message: Buffer, by?: RowReader): Key | Rejection => {
    const own = keys.open(message, keyJson);
    if (own instanceof Rejection) return own;
    const reader = by ?? own;
    const kind = keyJson.kind();
    let row: Row | Rejection | null = null;
    if (kind === 'tree') row = reader(keyJson);
    else {
      keyJson.skipValue();
      if (kind !== 'null') row = new Rejection('wrong_type', `key: expected a struct, got a ${kind}`);
    }
    keys.close(keyJson);
    return row instanceof Rejection ? row : { row, by: reader };
  };

  /** The event, with its previous key if it lacks values. They are then looked up under that key. */
  const withOldKey = (event: RowEvent, key: Key | null): RowEvent | Rejection => {
    if (event.operation !== 'create' || event.after === null || !isPartial(event.after, unclearNull)) return event;
    const header = oldKeyOf(headers);
    if (header === null) return event;
    // A header has no schema of its own.
    const old = readKey(header, key?.by);
    return old instanceof Rejection ? old : { ...event, movedFrom: old.row };
  };

  const readValue = (message: Buffer, keyMessage: Buffer | null): Decoded => {
    const format = values.open(message, json);
    if (format instanceof Rejection) return format;
    const form = json.kind();
    if (form !== 'tree' && form !== 'null') return new Rejection('not_an_object', 'expected a JSON object');
    let kind = form === 'null' ? 'tombstone' : (format.kind ?? bareKind());
    if (kind === 'unknown' && options.flattened) kind = 'flattened';
    if (kind === 'unknown') {
      return new Rejection('unknown_format', 'neither an envelope nor a flattened event of Debezium');
    }
    if (kind !== 'envelope' && kind !== 'flattened') {
      json.skipValue();
      values.close(json);
      return { kind: 'filtered', reason: kind };
    }
    const key = keyMessage === null ? null : readKey(keyMessage);
    if (key instanceof Rejection) return key;
    const row = key?.row ?? null;
    const event =
      kind === 'envelope' ? readEnvelope(json, format.envelope, row, isMoved) : format.flattened(json, row, isMoved);
    values.close(json);
    if (event instanceof Rejection || event.kind !== 'row') return event;
    const complete = withOldKey(event, key);
    if (complete instanceof Rejection) return complete;
    const resolved = resolveUnclearNulls(complete, unclearNull);
    if (!options.isBeside || resolved instanceof Rejection || resolved.operation !== 'read') return resolved;
    return { ...resolved, snapshot: 'incremental' };
  };

  return (key, value, given) => {
    if (value === null) return { kind: 'filtered', reason: 'tombstone' };
    headers = given;
    try {
      return readValue(value, key);
    } catch (error) {
      if (error instanceof JsonSyntaxError) return new Rejection('invalid_json', `not JSON: ${error.message}`);
      throw error;
    } finally {
      headers = undefined;
    }
  };
}

/** A key and its reader. */
type Key = { readonly row: Row | null; readonly by: RowReader };

function formatOf(schema: Field | null, types: ColumnTypes, settings: ValueSettings): Format {
  const literal = { ...settings, placeholder: null };
  const part = (name: string): readonly Field[] | null =>
    schema === null ? null : (schema.fields.find((field) => field.name === name)?.fields ?? []);
  const all = schema?.fields ?? null;
  return {
    kind: schema === null ? null : kindOfSchema(schema),
    envelope: {
      before: rowReader(part('before'), types, settings),
      after: rowReader(part('after'), types, settings),
      whole: rowReader(part('after'), types, literal),
    },
    flattened: flattenedReader({ row: rowReader(all, types, settings), whole: rowReader(all, types, literal) }),
  };
}

/** Whether the row lacks values that have to be looked up elsewhere. */
const isPartial = (row: Row, as: UnclearNull): boolean =>
  row.cells.includes(unchanged) || (as !== 'null' && unclearNulls(row).length > 0);

/** The previous key of a row whose key was changed, from the header that Debezium puts on the create. */
function oldKeyOf(headers: MessageHeaders | undefined): Buffer | null {
  return headers?.list().find(([name]) => name.toString() === '__debezium.oldkey')?.[1] ?? null;
}

/** Caches the lookup by column, with a fallback for unknown columns. */
function byColumn(
  types: DecoderOptions['types'],
  otherwise: (declared: PgType | null) => PgType | undefined = () => undefined,
): ColumnTypes {
  const known = new Map<string, PgType | undefined>();
  return (column, declared) => {
    if (types && !known.has(column)) {
      const text = types(column);
      known.set(column, text === undefined ? undefined : parsePgType(text));
    }
    return known.get(column) ?? otherwise(declared);
  };
}
