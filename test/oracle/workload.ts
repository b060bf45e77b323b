/**
 * Records for a topic with every trap of the data path: duplicates, late arrivals, deletes of unknown ids,
 * awkward texts, 64-bit integers, malformed records. The same options give the same bytes. The expected result is known by
 * construction: values come from hand-written tables, and a malformed record carries its kind.
 */
import {
  agreeingPlaces,
  awkwardTexts,
  countrySpellings,
  type EmailCase,
  emailCases,
  names,
  noCountries,
  type Place,
  saysNoCountry,
} from './hand-tables.ts';
import {
  type Draft,
  type DraftField,
  draftAsJson,
  fieldAsJson,
  type MalformedKind,
  malformedKinds,
} from './malformed.ts';

/** One Kafka record, with its intended fault. */
export type OracleRecord = {
  readonly partition: number;
  /** In decimal; consecutive from 0 in each partition. */
  readonly offset: string;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** Its kind of fault; null if it is valid. */
  readonly malformed: MalformedKind | null;
};

export type WorkloadOptions = {
  readonly seed?: number;
  /** Number of records. */
  readonly count?: number;
  /** Most different ids. */
  readonly ids?: number;
  readonly partitions?: number;
};

/** A small seeded generator (mulberry32): numbers in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a over the key: equal keys go to the same partition. */
function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % partitions;
}

/** An id and the next sequence number of its events. */
type User = { readonly id: bigint; sequence: bigint; seen: boolean };

/** Ids that a JavaScript number cannot represent, and those at the ends of the range. */
const edgeIds: readonly bigint[] = [
  0n,
  -1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 53n + 2n,
  2n ** 53n + 3n,
  2n ** 63n - 2n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 63n) + 1n,
];

/** The first sequence of an id: mostly small, sometimes one with which text order, sign or rounding would go wrong. */
function firstSequence(index: number): bigint {
  if (index % 10 === 3) return 2n ** 53n + 1n;
  if (index % 10 === 5) return 8n;
  if (index % 100 === 7) return -2n;
  if (index % 100 === 8) return 2n ** 63n - 100_000n;
  return 1000n + BigInt(index);
}

function makeUsers(count: number): readonly User[] {
  return Array.from({ length: count }, (_, index) => {
    const edge = edgeIds[index];
    const id = edge ?? (index % 8 === 0 ? 2n ** 53n + 1n + BigInt(2 * index) : BigInt(index));
    return { id, sequence: firstSequence(index), seen: false };
  });
}

const emptyPlace: Place = { country: null, state: null, city: null, postal_code: null, phone: null };

class Composer {
  readonly #random: () => number;
  #serial = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** A new event of the user with this sequence. */
  event(user: User, sequence: bigint): Draft {
    this.#serial += 1;
    const operation = this.#operation(user);
    const id: DraftField = this.chance(0.1) ? user.id.toString() : user.id;
    const position: DraftField = this.chance(0.1) ? sequence.toString() : sequence;
    const draft = new Map<string, DraftField>([['id', id]]);
    const bare = operation === 'DELETE' && this.chance(0.4);
    if (!bare) for (const [name, field] of this.#row()) draft.set(name, field);
    draft.set('cdc_operation', operation);
    if (!bare) {
      draft.set('cdc_timestamp', this.#timestamp());
      draft.set('cdc_source', 'legacy_database');
    }
    draft.set('cdc_sequence', position);
    return draft;
  }

  #operation(user: User): string {
    const dice = this.below(100);
    if (!user.seen) return dice < 85 ? 'INSERT' : dice < 90 ? 'UPDATE' : 'DELETE';
    return dice < 65 ? 'UPDATE' : dice < 85 ? 'DELETE' : 'INSERT';
  }

  /** The columns of the row; some null, some missing. */
  #row(): readonly (readonly [string, DraftField])[] {
    const place = this.#place();
    const given = place.country !== null && countrySpellings.some(([, all]) => all.includes(place.country ?? ''));
    const email = this.chance(0.05) ? null : this.#email(given);
    const fields: (readonly [string, DraftField])[] = [
      ['first_name', this.#name()],
      ['last_name', this.#name()],
      ['email', email],
      ['phone', place.phone],
      ['address', this.chance(0.3) ? this.pick(awkwardTexts) : `${this.#serial} Main Street`],
      ['city', given && this.chance(0.15) ? this.pick(awkwardTexts) : place.city],
      ['state', given && this.chance(0.1) ? this.pick(awkwardTexts) : place.state],
      ['country', place.country],
      ['postal_code', place.postal_code],
      ['created_at', this.#timestamp()],
      ['updated_at', this.#timestamp()],
      ['source_system', this.chance(0.1) ? this.pick(awkwardTexts) : 'legacy_system'],
    ];
    return fields.flatMap(([name, field]) => {
      const forgotten = !this.#isEvidence(name) && this.chance(0.05);
      const value = forgotten ? null : field;
      return value === null && this.chance(0.5) ? [] : [[name, value] as const];
    });
  }

  /** Fields that decide the country; they are kept or omitted together. */
  #isEvidence(name: string): boolean {
    return ['country', 'state', 'city', 'postal_code', 'phone'].includes(name);
  }

  #place(): Place {
    const dice = this.below(100);
    if (dice < 10) return emptyPlace;
    if (dice < 15) return { ...emptyPlace, country: this.pick(noCountries) };
    const { state, city, postal_code, phone } = this.pick(agreeingPlaces);
    if (dice < 40) return { country: this.chance(0.3) ? '' : null, state, city, postal_code, phone };
    const [, spellings] = this.pick(countrySpellings);
    const country = this.pick(spellings);
    return dice < 90 ? { country, state, city, postal_code, phone } : { ...emptyPlace, country };
  }

  /** An address; if the country is missing, only one that points at no country. */
  #email(countryGiven: boolean): string {
    let chosen: EmailCase = this.pick(emailCases);
    while (!countryGiven && !saysNoCountry(chosen)) chosen = this.pick(emailCases);
    return chosen.email.replace('#', String(this.below(100_000)));
  }

  #name(): string {
    if (this.chance(0.01)) return '\u{1f600}'.repeat(100);
    if (this.chance(0.01)) return 'n'.repeat(99);
    return this.pick(names);
  }

  /** Any time between 1950 and 2050, in one of the spellings of ISO 8601. */
  #timestamp(): string {
    if (this.chance(0.02)) return this.pick(['2024-02-29T23:59:59.999999-00:30', '2023-12-31T23:30:00-05:00']);
    const pad = (value: number): string => String(value).padStart(2, '0');
    const date = `${1950 + this.below(100)}-${pad(1 + this.below(12))}-${pad(1 + this.below(28))}`;
    const time = `${pad(this.below(24))}:${pad(this.below(60))}:${pad(this.below(60))}`;
    const digits = String(this.below(1_000_000)).padStart(6, '0');
    const fraction = this.pick(['', '', '', `.${digits}`, `.${digits.slice(0, 3)}`, '.5', '.120000', `.${digits}000`]);
    const zone = this.pick(['Z', 'Z', 'Z', '', '+00:00', '+02:00', '-05:00', '+05:30', '-09:30', '+14:00']);
    return `${date}T${time}${fraction}${zone}`;
  }

  /** The event as bytes, in one of the spellings of JSON, sometimes with unknown fields. */
  write(draft: Draft): Buffer {
    const fields: (readonly [string, DraftField])[] = [...draft];
    if (this.chance(0.1)) fields.reverse();
    if (this.chance(0.1)) fields.splice(this.below(fields.length + 1), 0, ...this.#extras());
    const dice = this.below(100);
    if (dice < 70) return Buffer.from(draftAsJson(new Map(fields)));
    const [open, colon, comma, close] = this.pick([
      ['{', ': ', ', ', '}'],
      ['{\n  ', ': ', ',\n  ', '\n}\n'],
      [' {\t', ' :\r\n', ' , ', ' } '],
    ] as const);
    const body = fields.map(([name, field]) => `"${name}"${colon}${this.#escaped(fieldAsJson(field))}`).join(comma);
    return Buffer.from(open + body + close);
  }

  /** Sometimes writes everything beyond ASCII, and the slash, as escapes: other bytes, same text. */
  #escaped(json: string): string {
    if (!json.startsWith('"') || this.chance(0.5)) return json;
    const hex = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return json.replaceAll('/', '\\/').replace(/[^ -~]/g, hex);
  }

  /** Unknown fields that contain known names. They are ignored. */
  #extras(): readonly (readonly [string, DraftField])[] {
    return this.pick<readonly (readonly [string, DraftField])[]>([
      [['loyalty_points', { json: '12.5e3' }]],
      [['meta', { json: '{"id":7,"cdc_sequence":1,"first_name":"decoy"}' }]],
      [['tags', { json: '["a",{"id":9007199254740993},[],{}]' }]],
      [
        ['ID', 5n],
        ['First_Name', 'decoy'],
        ['__proto__', { json: '{"city":"decoy"}' }],
      ],
      [['note', '"id": 1, "cdc_sequence": 9223372036854775807, "cdc_operation":"DELETE"']],
    ]);
  }
}

/** A sent event that may be sent again. */
type Sent = { readonly key: string; readonly value: Buffer };

/** The records in the order of production. Sent to their partitions, they get the expected offsets. */
export function makeWorkload(options: WorkloadOptions = {}): readonly OracleRecord[] {
  const { seed = 1, count = 20_000, ids = 4_000, partitions = 4 } = options;
  const composer = new Composer(seededRandom(seed));
  const users = makeUsers(ids);
  const records: OracleRecord[] = [];
  const nextOffset = new Map<number, number>();
  const sent: Sent[] = [];
  const heldBack: { readonly due: number; readonly event: Sent }[] = [];
  let malformedMade = 0;

  const emit = (key: string, value: Buffer | null, malformed: MalformedKind | null): void => {
    const partition = partitionOf(key, partitions);
    const offset = nextOffset.get(partition) ?? 0;
    nextOffset.set(partition, offset + 1);
    records.push({ partition, offset: String(offset), key: Buffer.from(key), value, malformed });
  };
  const send = (event: Sent): void => {
    emit(event.key, event.value, null);
    sent.push(event);
  };
  /** Low indexes are more frequent, and the first one very frequent: many changes of one key in one batch. */
  const anyUser = (): User => {
    const among = composer.chance(0.3) ? Math.ceil(ids / 20) : ids;
    const index = composer.chance(0.01) ? 0 : composer.below(among);
    return composer.pick(users.slice(index, index + 1));
  };
  const compose = (user: User): Sent => {
    const draft = composer.event(user, user.sequence);
    user.sequence += 1n;
    user.seen = true;
    return { key: user.id.toString(), value: composer.write(draft) };
  };
  /** An event with the sequence of the user's last one but other content. It arrives second, so it is superseded. */
  const composeRival = (user: User): Sent => {
    const draft = composer.event(user, user.sequence - 1n);
    return { key: user.id.toString(), value: composer.write(draft) };
  };

  while (records.length < count) {
    const late = heldBack.findIndex((one) => one.due <= records.length);
    const [due] = late < 0 ? [] : heldBack.splice(late, 1);
    const dice = composer.below(1000);
    if (due) send(due.event);
    else if (dice < 5 && sent.length > 0) emit(composer.pick(sent).key, null, null);
    else if (dice < 15) {
      const user = anyUser();
      const kind = malformedKinds[malformedMade % malformedKinds.length];
      malformedMade += 1;
      // Its sequence is so high that no other event would replace it if it were accepted.
      if (kind) emit(user.id.toString(), kind.make(composer.event(user, user.sequence + 10_000n)), kind);
    } else if (dice < 65 && sent.length > 0) send(composer.pick(sent.slice(-5)));
    else if (dice < 125 && sent.length > 0) send(composer.pick(sent));
    else if (dice < 135) {
      const user = anyUser();
      if (user.seen) send(composeRival(user));
    } else if (dice < 165) heldBack.push({ due: records.length + 1 + composer.below(500), event: compose(anyUser()) });
    else send(compose(anyUser()));
  }
  return records;
}
