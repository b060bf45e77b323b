/**
 * Debezium's messages of one topic, as row-level events: enveloped or flattened, with the schema beside the payload or
 * without. Nothing here reads or writes anything but its arguments.
 */
import { Rejection } from '../../schemas/rejection.ts';
import { JsonReader } from '../json/reader.ts';
import { JsonSyntaxError } from '../json/scan.ts';
import type { Field } from './connect-schema.ts';
import { type ConnectorWord, connectorHeaderReader } from './connector-headers.ts';
import { type EnvelopeFormat, readEnvelope } from './envelope.ts';
import { flattenedReader, isMetadata } from './flattened.ts';
import { type PgType, parsePgType } from './postgres/pg-type.ts';
import { type ColumnTypes, memberNames, type RowReader, rowReader } from './read-row.ts';
import { type Decoded, type Filtered, type MessageHeaders, type Row, type RowEvent, unchanged } from './row-event.ts';
import { SchemaCache } from './schema-cache.ts';
import { defaultSettings, type ValueSettings } from './settings.ts';
import { settleNulls, type UnclearNull, unclearNulls } from './unclear-nulls.ts';

/** What to know of the topic. */
export type DecoderOptions = {
  readonly settings?: Partial<ValueSettings>;
  /**
   * A column's type as the source's catalogue has it: `format_type`, but of the type below a domain, and `record` for
   * composite types (`record[]` for arrays of these or of domains). Undefined when not known. Asked once for each
   * column. Without it types are taken from the message's schema, and without that values are taken as they stand.
   */
  readonly types?: (column: string) => string | undefined;
  /** The same, for messages without a schema only: what a message says of itself was true when it was written. */
  readonly schemaless?: (column: string) => string | undefined;
  /**
   * What a type is that somebody made at the source, in the form of `types`; for messages that tell no more than its name,
   * as {@link PgType} has it. Undefined when not known.
   */
  readonly named?: (type: PgType) => string | undefined;
  /** Takes every object as a flattened row, even without a field that says so. */
  readonly flattened?: boolean;
  /** See {@link UnclearNull}. */
  readonly unclearNull?: UnclearNull;
};

/** Reads one message; key, value and headers as Kafka has them. Never throws. */
export type Decoder = (key: Buffer | null, value: Buffer | null, headers?: MessageHeaders) => Decoded;

type Kind = 'envelope' | 'flattened' | Filtered['reason'] | 'unknown';

type Format = {
  /** Null when it must be told from each message. */
  readonly kind: Kind | null;
  readonly envelope: EnvelopeFormat;
  readonly flattened: ReturnType<typeof flattenedReader>;
};

/** Told by the members of the payload. */
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

/** Connectors of one topic whose ways to read are remembered; a topic has one, until it is deleted and made again. */
const maxConnectors = 4;

/**
 * A decoder for the messages of one topic. It remembers the topic's last schemas, so every topic wants its own. What a
 * message's connector says of itself in a header overrides the options.
 */
export function debeziumDecoder(options: DecoderOptions = {}): Decoder {
  const saidOf = connectorHeaderReader();
  const silent = decoderOf(options);
  const saying = new Map<string, Decoder>();
  let last: { readonly said: ConnectorWord | null; readonly decoder: Decoder } = { said: null, decoder: silent };
  const decoderFor = (said: ConnectorWord): Decoder => {
    const name = `${said.nullIsNull} ${said.isBeside} ${said.placeholder}`;
    const known = saying.get(name);
    if (known) return known;
    const { placeholder, nullIsNull, isBeside } = said;
    const own = decoderOf({
      ...options,
      settings: { ...options.settings, placeholder },
      ...(nullIsNull ? { unclearNull: 'null' } : {}),
      isBeside,
    });
    if (saying.size === maxConnectors) saying.clear();
    saying.set(name, own);
    return own;
  };
  return (key, value, headers) => {
    const said = saidOf(headers);
    if (said !== last.said) last = { said, decoder: said === null ? silent : decoderFor(said) };
    return last.decoder(key, value, headers);
  };
}

/** A decoder for messages of one connector; one that reads beside another takes no snapshot of its own. */
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
  // No closures are made for a message: they would cost more than reading it.
  let headers: MessageHeaders | undefined;
  const isMoved = (): boolean => oldKeyOf(headers) !== null;

  /** How the bare payload before the reader is to be read. Envelopes start alike, whatever made them. */
  const bareKind = (): Kind => {
    if (json.text.startsWith('{"before":', json.at)) return 'envelope';
    const start = json.at;
    const kind = kindOf(memberNames(json));
    json.back(start);
    return kind;
  };

  /** Reads a key: as its own schema describes it, unless a reader is given. */
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

  /** The event, with the key that its values have to be looked for under, when it is partial. */
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
    const settled = settleNulls(complete, unclearNull);
    if (!options.isBeside || settled instanceof Rejection || settled.operation !== 'read') return settled;
    return { ...settled, snapshot: 'incremental' };
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

/** A key and how it was read. */
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

/** True when some of the row's values may have to be looked for elsewhere. */
const isPartial = (row: Row, as: UnclearNull): boolean =>
  row.cells.includes(unchanged) || (as !== 'null' && unclearNulls(row).length > 0);

/** The key that a row had before its key was changed, by the header that Debezium puts on the create. */
function oldKeyOf(headers: MessageHeaders | undefined): Buffer | null {
  return headers?.list().find(([name]) => name.toString() === '__debezium.oldkey')?.[1] ?? null;
}

/** The lookup with each answer read once, and what else may tell the type. */
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
