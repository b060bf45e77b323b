/**
 * Generates events of one table in the form of Debezium's PostgreSQL connector, each with its schema: creates, updates and deletes
 * over a bounded set of keys, in the order of their commits at the source. The same options give the same bytes.
 *
 * Tombstones follow deletes and are not part of the count. `debezium-customers.jsonl` has real messages, recorded from Debezium
 * 3.6.3 with the settings of `sluice connector create`. The test beside this file compares them.
 */
import { Prng } from '../simulator/prng.ts';
import { schemas } from './debezium-schema.ts';

export { customersDdl, customersTopic } from './debezium-schema.ts';

/** Options of the generator. */
export type EventOptions = {
  /** Events, without the tombstones. */
  readonly count: number;
  readonly seed?: number;
  /** Most rows that exist at a time. */
  readonly keys?: number;
  /**
   * Does the schema contain the types at the source (`column.propagate.source.type`), as with `sluice connector create`? It makes an event
   * 12 KB instead of 5 KB.
   */
  readonly sourceTypes?: boolean;
};

/** A message for a producer whose partitioner hashes keys like Kafka's own. */
export type DebeziumMessage = { readonly key: string; readonly value: string | null };

/** The content of the table after all events. */
export type Outcome = {
  /** The remaining rows: key to the number of the last event that wrote it, stored in the column `visits`. */
  readonly rows: ReadonlyMap<number, number>;
  readonly tombstones: number;
};

/** Microseconds since 1970 of the first commit: 2026-01-01. */
const epoch = 1_767_225_600_000_000;
/** Bytes of WAL per row. */
const walStep = 360;

/** Percentages; the rest are deletes. */
const creates = 25;
const updates = 67;

/** The messages in order of commit; returns the content of the table afterwards. */
export function* debeziumEvents(options: EventOptions): Generator<DebeziumMessage, Outcome> {
  const { count, seed = 1, keys = 100_000, sourceTypes = true } = options;
  const prng = new Prng(seed);
  const schema = schemas(sourceTypes);
  const live = new LiveKeys(keys);
  const rows = new Map<number, number>();
  let tombstones = 0;
  let lsn = 30_000_000;
  for (let number = 0; number < count; number += 1) {
    const draw = prng.below(100);
    const op = live.size === 0 || (draw < creates && live.free > 0) ? 'c' : draw < creates + updates ? 'u' : 'd';
    const id = op === 'c' ? live.add() : op === 'u' ? live.pick(prng) : live.remove(prng);
    const key = `${schema.key}{"id":${id}}}`;
    const before = lsn;
    lsn += walStep;
    const images =
      op === 'd' ? `"before":${oldRow(id)},"after":null` : `"before":null,"after":${row(prng, id, number)}`;
    yield { key, value: `${schema.value}{${images},${source(number, before, lsn)},"op":"${op}",${readAt(number)}}}` };
    if (op !== 'd') rows.set(id, number);
    else {
      rows.delete(id);
      tombstones += 1;
      yield { key, value: null };
    }
  }
  return { rows, tombstones };
}

/** The keys with a row. Deleted keys are reused when all have been used. */
class LiveKeys {
  readonly #limit: number;
  readonly #live: number[] = [];
  readonly #dead: number[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#live.length;
  }

  get free(): number {
    return this.#limit - this.#live.length;
  }

  add(): number {
    const id = this.#used < this.#limit ? ++this.#used : (this.#dead.shift() ?? 1);
    this.#live.push(id);
    return id;
  }

  pick(prng: Prng): number {
    return prng.pick(this.#live);
  }

  remove(prng: Prng): number {
    const at = prng.below(this.#live.length);
    const id = this.#live[at] ?? 0;
    const last = this.#live.pop() ?? 0;
    if (at < this.#live.length) this.#live[at] = last;
    this.#dead.push(id);
    return id;
  }
}

const cities = ['Paris', 'Lyon', 'Berlin', 'Kraków', 'São Paulo', 'New York', '東京', 'Nairobi'];
const countries = ['FR', 'DE', 'PL', 'BR', 'US', 'JP', 'KE'];
const names = ['Ann', 'Bob', 'Chloé', 'Dmitri', 'Eve', 'Feng', 'Grace', 'Hugo', 'Ines', 'Jörg'];
const surnames = ['Martin', "O'Hara", 'Nowak', 'da Silva', 'Smith', 'Müller', 'Wanjiru', 'Sato'];

/** The row after this event. */
function row(prng: Prng, id: number, number: number): string {
  const maybe = (text: string): string => (prng.chance(0.1) ? 'null' : text);
  const name = `${prng.pick(names)} ${prng.pick(surnames)}`;
  const created = epoch - 1_000_000_000 * (id % 1_000);
  return (
    `{"id":${id},"email":"customer${id}@example${prng.below(50)}.com","name":"${name}",` +
    `"phone":${maybe(`"+${10_000_000_000 + prng.below(2 ** 31)}"`)},` +
    `"street":${maybe(`"${1 + prng.below(900)} ${prng.pick(surnames)} Street"`)},"city":${maybe(`"${prng.pick(cities)}"`)},` +
    `"postal_code":${maybe(`"${10_000 + prng.below(90_000)}"`)},"country":${maybe(`"${prng.pick(countries)}"`)},` +
    `"born":${maybe(String(prng.below(20_000)))},"balance":"${prng.below(1_000_000)}.${prng.below(90) + 10}",` +
    `"credit_limit":${maybe(`"${prng.below(1_000_000)}.${prng.below(1_000)}"`)},` +
    `"score":${maybe(`${prng.below(1_000)}.${prng.below(99) * 10 + 1}`)},"visits":${number},` +
    `"level":${maybe(String(prng.below(10)))},"active":${prng.chance(0.9)},"reference":"${uuid(prng)}",` +
    `"settings":${maybe(`"{\\"theme\\": \\"dark\\", \\"page\\": ${prng.below(100)}}"`)},` +
    `"notes":${maybe(`"Called ${prng.below(20)} times; \\"${prng.pick(names)}\\" answered."`)},` +
    `"created_at":${created},"updated_at":"${stamp(epoch + number * 1_000)}"}`
  );
}

/** Without REPLICA IDENTITY FULL only the key of the old row is known; Debezium invents the other values. */
const oldRow = (id: number): string =>
  `{"id":${id},"email":"","name":"","phone":null,"street":null,"city":null,"postal_code":null,"country":null,"born":null,` +
  '"balance":"0.00","credit_limit":null,"score":null,"visits":0,"level":null,"active":true,"reference":"",' +
  '"settings":null,"notes":null,"created_at":0,"updated_at":"1970-01-01T00:00:00Z"}';

/** Each event is a transaction of its own, a millisecond after the previous one. */
function source(number: number, before: number, lsn: number): string {
  const us = epoch + number * 1_000;
  return (
    `"source":{"version":"3.6.3.Final","connector":"postgresql","name":"cdc","ts_ms":${us / 1_000},"snapshot":null,` +
    `"db":"sourcedb","sequence":"[\\"${before}\\",\\"${lsn}\\"]","ts_us":${us},"ts_ns":${us}000,"schema":"public",` +
    `"table":"customers","txId":${1_000 + number},"lsn":${lsn},"xmin":null,"origin":null,"origin_lsn":null},"transaction":null`
  );
}

function readAt(number: number): string {
  const us = epoch + number * 1_000 + 250_000;
  return `"ts_ms":${us / 1_000},"ts_us":${us},"ts_ns":${us}000`;
}

const stamp = (us: number): string => `${new Date(us / 1_000).toISOString().slice(0, -1)}000Z`;

function uuid(prng: Prng): string {
  const hex = [0, 0, 0, 0].map(() => prng.next().toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
