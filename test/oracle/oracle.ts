/**
 * Computes the expected content of `users_enriched` and the record counts for a list of Kafka records, independently:
 * it imports nothing of the product, takes records one at a time, and looks values up in hand-written tables.
 * Slow and plain on purpose, so that a fault of the product is not repeated here.
 */
import { type ExactJson, NumberLiteral, readExactJson } from './exact-json.ts';
import { countryOf, emailFacts } from './hand-tables.ts';
import type { OracleRecord } from './workload.ts';

/** A row as PostgreSQL prints it: `bigint` and `timestamp` as text. All 21 columns but migration_timestamp. */
export type ExpectedRow = {
  readonly id: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly email_domain: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly postal_code: string | null;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly source_system: string | null;
  readonly cdc_operation: string;
  readonly full_name: string | null;
  readonly email_category: string;
  readonly inferred_country: string | null;
  readonly is_valid_email_flag: boolean;
  readonly normalized_email: string | null;
};

/** The text fields of a valid event. A missing one is null. */
type TextField =
  | 'first_name'
  | 'last_name'
  | 'email'
  | 'phone'
  | 'address'
  | 'city'
  | 'state'
  | 'country'
  | 'postal_code'
  | 'created_at'
  | 'updated_at'
  | 'source_system';

/** A valid event, read but not yet enriched. */
export type OracleEvent = {
  readonly id: bigint;
  readonly sequence: bigint;
  readonly operation: string;
  readonly text: (field: TextField) => string | null;
};

/** The decisions of the oracle. Replaceable, so that a test can prove that each of them matters. */
export type Rules = {
  /** An int64 from its digits. */
  readonly integer: (digits: string) => bigint;
  /** Does `incoming` replace the current event? */
  readonly replaces: (incoming: OracleEvent, standing: OracleEvent) => boolean;
  /** The row of an event; null for none. The previous row is given only to be ignored: an event is the whole row. */
  readonly row: (event: OracleEvent, before: ExpectedRow | null) => ExpectedRow | null;
};

/** The correct rules. */
export const soundRules: Rules = {
  integer: (digits) => BigInt(digits),
  replaces: (incoming, standing) => incoming.sequence > standing.sequence,
  row: (event) => wholeRow(event),
};

/** The value of a computed column; null if it is too long, because a computed value is never shortened. */
const fitting = (text: string | null, limit: number): string | null =>
  text !== null && Array.from(text).length <= limit ? text : null;

/** First and last name, white space trimmed and collapsed; null when nothing is left. */
export function fullName(first: string | null, last: string | null): string | null {
  const joined = [first ?? '', last ?? ''].join(' ').replace(/\s+/g, ' ').trim();
  return joined === '' ? null : joined;
}

/** An ISO 8601 timestamp in PostgreSQL's form of a `timestamp` in UTC. One without an offset is UTC already. */
export function utcText(iso: string | null): string | null {
  if (iso === null) return null;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(iso);
  if (!parts) throw new Error(`the oracle cannot read the timestamp ${iso}`);
  const [, local = '', fraction = '', zone = 'Z'] = parts;
  const [hours = 0, minutes = 0] = zone === 'Z' ? [] : zone.slice(1).split(':').map(Number);
  const ahead = (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  const whole = new Date(Date.parse(`${local}Z`) - ahead).toISOString().slice(0, 19).replace('T', ' ');
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > 6) throw new Error(`finer than a microsecond: ${iso}`);
  return digits === '' ? whole : `${whole}.${digits}`;
}

/** The enriched row of an event. */
export function wholeRow(event: OracleEvent): ExpectedRow {
  const email = event.text('email');
  const facts = emailFacts(email);
  const place = {
    country: event.text('country'),
    state: event.text('state'),
    city: event.text('city'),
    postal_code: event.text('postal_code'),
    phone: event.text('phone'),
  };
  return {
    id: event.id.toString(),
    first_name: event.text('first_name'),
    last_name: event.text('last_name'),
    email,
    email_domain: fitting(facts.domain, 100),
    phone: place.phone,
    address: event.text('address'),
    city: place.city,
    state: place.state,
    country: place.country,
    postal_code: place.postal_code,
    created_at: utcText(event.text('created_at')),
    updated_at: utcText(event.text('updated_at')),
    source_system: event.text('source_system'),
    cdc_operation: event.operation,
    full_name: fitting(fullName(event.text('first_name'), event.text('last_name')), 200),
    email_category: facts.category,
    inferred_country: countryOf(place),
    is_valid_email_flag: facts.valid,
    normalized_email: fitting(facts.normalized, 255),
  };
}

/** Reads a valid event. Throws for anything else, because a record that must be parked has to be marked as such. */
export function readEvent(value: Buffer, rules: Rules = soundRules): OracleEvent {
  const json = readExactJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value));
  if (!(json instanceof Map)) throw new Error('not an event, but not marked as malformed');
  const integer = (name: string): bigint => {
    const field: ExactJson | undefined = json.get(name);
    const digits = field instanceof NumberLiteral ? field.digits : field;
    if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) throw new Error(`${name} is no integer`);
    return rules.integer(digits);
  };
  const operation = json.get('cdc_operation');
  if (operation !== 'INSERT' && operation !== 'UPDATE' && operation !== 'DELETE') throw new Error('no operation');
  return {
    id: integer('id'),
    sequence: integer('cdc_sequence'),
    operation,
    text: (name) => {
      const field = json.get(name) ?? null;
      if (field !== null && typeof field !== 'string') throw new Error(`${name} is no text`);
      return field;
    },
  };
}

/**
 * The final rows by id. Each is the event with the highest sequence of its id; among equal sequences the first one that arrived. A DELETE
 * keeps its row. Records of one id must be in the order of their offsets.
 */
export function expectedRows(
  records: readonly OracleRecord[],
  rules: Rules = soundRules,
): ReadonlyMap<string, ExpectedRow> {
  const standing = new Map<bigint, OracleEvent>();
  const rows = new Map<string, ExpectedRow>();
  for (const record of records) {
    if (record.value === null || record.malformed !== null) continue;
    const event = readEvent(record.value, rules);
    const before = standing.get(event.id);
    if (before !== undefined && !rules.replaces(event, before)) continue;
    standing.set(event.id, event);
    const key = event.id.toString();
    const row = rules.row(event, rows.get(key) ?? null);
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
  return rows;
}

/** The expected final checkpoint. Only the sum of applied and superseded is known, because the split depends on grouping. */
export type ExpectedCheckpoint = {
  readonly nextOffset: bigint;
  readonly read: number;
  readonly filtered: number;
  readonly parked: number;
  readonly appliedAndSuperseded: number;
};

/** The expected checkpoint of each partition with records. */
export function expectedCheckpoints(records: readonly OracleRecord[]): ReadonlyMap<number, ExpectedCheckpoint> {
  const checkpoints = new Map<number, ExpectedCheckpoint>();
  for (const record of records) {
    const so = checkpoints.get(record.partition);
    const filtered = (so?.filtered ?? 0) + (record.value === null ? 1 : 0);
    const parked = (so?.parked ?? 0) + (record.value !== null && record.malformed !== null ? 1 : 0);
    const read = (so?.read ?? 0) + 1;
    const nextOffset = BigInt(record.offset) + 1n;
    checkpoints.set(record.partition, {
      nextOffset,
      read,
      filtered,
      parked,
      appliedAndSuperseded: read - filtered - parked,
    });
  }
  return checkpoints;
}
