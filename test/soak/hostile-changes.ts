/**
 * Records for the topics of a replica: ordinary changes of several tables, whose rows are known, and between them hostile messages.
 * The same seed gives the same bytes.
 */
import fc from 'fast-check';
import { Prng } from '../../simulator/prng.ts';
import type { HostileRecord } from '../hostile/produce.ts';
import { type CapturedTable, type Cells, Messages, rowOf } from './debezium-message.ts';
import { costlyKinds, type Kind, kinds, type Message, type Outcome, person, randomBytes } from './hostile-kinds.ts';
import { codes, log, people, topics, unknown, widened } from './hostile-tables.ts';

/** A row as texts, in the order of the table's columns. */
export type TextRow = readonly (string | null)[];

/** A sent record and its expected outcome. */
export type SentRecord = HostileRecord & { readonly kind: string; readonly outcome: Outcome };

/** The records by table, and the rows after them. */
export type HostileChanges = {
  readonly hostile: number;
  readonly ordinary: number;
  readonly records: ReadonlyMap<CapturedTable, readonly SentRecord[]>;
  /** Rows that must be there. */
  readonly rows: ReadonlyMap<CapturedTable, readonly TextRow[]>;
  /** Keys of `people` whose row may be there, whatever it holds. */
  readonly mayExist: ReadonlySet<string>;
};

const placeholder = '"__debezium_unavailable_value"';
/** Ids of ordinary people; hostile ones have fewer digits. */
const ordinaryIds = 800_000_000_000_000_000n;
const giant = 900_000;

/** Makes that many hostile records, and a fifth as many ordinary changes. */
export function hostileChanges(seed: number, hostile: number, prefix: string): HostileChanges {
  const made = new Maker(seed, prefix);
  for (let index = 0; index < hostile; index += 1) {
    made.hostile();
    if (index % 5 === 0) made.ordinary();
  }
  return made.result();
}

class Maker {
  readonly #random: Prng;
  readonly #jsons: readonly string[];
  readonly #messages: ReadonlyMap<CapturedTable, Messages>;
  readonly #partitions: ReadonlyMap<CapturedTable, number>;
  readonly #records = new Map<CapturedTable, SentRecord[]>();
  readonly #next = new Map<string, number>();
  readonly #rows = new Map<CapturedTable, Map<string, TextRow>>();
  readonly #mayExist = new Set<string>();
  /** The row of `log` that was written last, as its message and as texts. */
  #logged: readonly [cells: Cells, row: TextRow, place: string] | null = null;
  #number = 0;
  #hostile = 0;
  #ordinary = 0;

  constructor(seed: number, prefix: string) {
    this.#random = new Prng(seed);
    this.#jsons = fc
      .sample(fc.json({ noUnicodeString: false, maxDepth: 5 }), { seed, numRuns: 500 })
      .filter((json) => json.trim() !== 'null');
    this.#messages = new Map(topics.map(([table]) => [table, new Messages(prefix, table)]));
    this.#partitions = new Map(topics);
    for (const [table] of topics) this.#rows.set(table, new Map());
  }

  result(): HostileChanges {
    return {
      hostile: this.#hostile,
      ordinary: this.#ordinary,
      records: this.#records,
      rows: new Map([...this.#rows].map(([table, rows]) => [table, [...rows.values()]])),
      mayExist: this.#mayExist,
    };
  }

  /** A hostile record: mostly of `people`, and some in the topics of the other tables. */
  hostile(): void {
    this.#number += 1;
    this.#hostile += 1;
    const chance = this.#random.below(100);
    if (chance < 8) this.#hostileCode();
    else if (chance < 14) this.#hostileLog();
    else if (chance < 18) this.#randomJson();
    // A table that differs from its source waits, so few records have to.
    else if (this.#hostile % 101 === 50) this.#differing();
    else this.#hostilePerson();
  }

  /** An ordinary change of one of the tables. */
  ordinary(): void {
    this.#number += 1;
    this.#ordinary += 1;
    const chance = this.#random.below(10);
    if (chance < 6) this.#ordinaryPerson();
    else if (chance < 9) this.#ordinaryCode();
    else this.#ordinaryLog();
  }

  #ordinaryPerson(): void {
    const random = this.#random;
    const id = String(ordinaryIds + BigInt(random.below(3_000)));
    const before = this.#rows.get(people)?.get(id);
    const name = `Ann ${this.#number}`;
    const { cells, texts } = person(id);
    // An update may leave a large value as it is.
    const isPartial = before !== undefined && random.chance(0.3);
    const values = {
      ...{ ...cells, name: JSON.stringify(name), age: String(this.#number % 30_000) },
      ...(isPartial ? { note: placeholder } : {}),
    };
    const row = { ...texts, name, age: String(this.#number % 30_000) };
    if (before && random.chance(0.2)) {
      this.#send(people, id, { op: '"d"', before: rowOf({ ...cells, name: '""' }) });
      this.#add(
        people,
        id,
        { key: this.#key(people, { id }), value: null, outcome: 'filtered' },
        'an ordinary tombstone',
      );
      this.#rows.get(people)?.delete(id);
      return;
    }
    this.#send(people, id, { op: before ? '"u"' : '"c"', after: rowOf(values) });
    this.#put(people, id, row);
  }

  #ordinaryCode(): void {
    const random = this.#random;
    const code = `${random.pick(['g', 'G', 'ä'])}${random.below(300)}${random.pick(['', ' '])}`;
    const value = this.#number % 500 === 0 ? 'v'.repeat(giant) : `value ${this.#number}`;
    const isThere = this.#rows.get(codes)?.has(code);
    const cells = { code: JSON.stringify(code), value: JSON.stringify(value) };
    this.#send(codes, code, { op: isThere ? '"u"' : '"c"', after: rowOf(cells) });
    this.#put(codes, code, { code, value });
  }

  /** Rows are written, changed and deleted one after the other, because the table has no key. */
  #ordinaryLog(): void {
    const place = `${this.#number}`;
    const cells = { n: String(1_000 + this.#number), text: JSON.stringify(`line ${this.#number % 7}`) };
    const row = { n: cells.n, text: `line ${this.#number % 7}` };
    const [before, , was] = this.#logged ?? [null, null, ''];
    const chance = this.#random.below(4);
    if (before !== null && chance === 0) {
      this.#send(log, '', { op: '"d"', before: rowOf(before) });
      this.#rows.get(log)?.delete(was);
      this.#logged = null;
      return;
    }
    const isUpdate = before !== null && chance === 1;
    this.#send(log, '', isUpdate ? { op: '"u"', before: rowOf(before), after: rowOf(cells) } : { after: rowOf(cells) });
    if (isUpdate) this.#rows.get(log)?.delete(was);
    this.#put(log, place, row);
    this.#logged = [cells, [row.n, row.text], place];
  }

  #hostilePerson(): void {
    const random = this.#random;
    const kind: Kind = random.pick(random.chance(0.01) ? costlyKinds : kinds);
    const id = String(this.#number);
    const message = kind.make(this.#of(people), { number: this.#number, id, hasSchema: random.chance(0.7) }, random);
    this.#add(people, id, message, kind.name);
    if (message.outcome === 'either') this.#mayExist.add(id);
    if (typeof message.outcome === 'object') this.#put(people, id, { ...person(id).texts, ...message.outcome.texts });
  }

  #randomJson(): void {
    const message = { key: randomBytes(this.#random, 8), value: Buffer.from(this.#random.pick(this.#jsons)) };
    this.#add(people, String(this.#number), { ...message, outcome: 'parked' }, 'random JSON');
  }

  #hostileCode(): void {
    const random = this.#random;
    const code = `h${this.#number}`;
    const [name, cells] = random.pick<readonly [string, Cells]>([
      ['a key of one character more than its column', { code: JSON.stringify('h'.repeat(11)) }],
      ['a key of 5,000 characters', { code: JSON.stringify('h'.repeat(5_000)) }],
      ['a key that is null', { code: 'null' }],
      ['a key that is a list', { code: '["h"]' }],
      ['a key with NUL', { code: '"h\\u0000"' }],
    ]);
    const all = { code: JSON.stringify(code), value: '"v"', ...cells };
    const message = {
      key: this.#key(codes, all),
      value: this.#value(codes, { after: rowOf(all) }),
      outcome: 'parked',
    } as const;
    this.#add(codes, code, message, name);
  }

  #hostileLog(): void {
    const random = this.#random;
    const row = rowOf({ n: '5', text: '"x"' });
    const [name, value, outcome] = random.pick<readonly [string, string, Outcome]>([
      [
        'an update without its old row, without a key',
        this.#value(log, { op: '"u"', after: row }).toString(),
        'parked',
      ],
      ['a delete without its old row, without a key', this.#value(log, { op: '"d"' }).toString(), 'parked'],
      [
        'a number beyond the column, without a key',
        this.#value(log, { after: rowOf({ n: '2147483648', text: '"x"' }) }).toString(),
        'parked',
      ],
      [
        'a text beyond the column, without a key',
        this.#value(log, { after: rowOf({ n: '1', text: `"${'x'.repeat(21)}"` }) }).toString(),
        'parked',
      ],
      ['half a message, without a key', this.#value(log, { after: row }).subarray(0, 60).toString(), 'parked'],
    ]);
    this.#add(log, '', { key: null, value: Buffer.from(value), outcome }, name);
  }

  /** A record of a table that the target lacks, or with a column that it lacks. It is written after the table was altered. */
  #differing(): void {
    const id = String(this.#number);
    const isUnknown = this.#hostile % 2 === 0;
    const table = isUnknown ? unknown : widened;
    const column = isUnknown ? 'text' : 'added';
    const after = rowOf({ id, [column]: '"new"' });
    this.#add(
      table,
      id,
      { key: this.#key(table, { id }), value: this.#value(table, { after }), outcome: { texts: {} } },
      'a differing table',
    );
    this.#put(table, id, { id, [column]: 'new' });
  }

  #of(table: CapturedTable): Messages {
    const found = this.#messages.get(table);
    if (!found) throw new Error(`no topic for ${table.name}`);
    return found;
  }

  #key(table: CapturedTable, cells: Cells): Buffer | null {
    const key = this.#of(table).key(cells);
    return key === null ? null : Buffer.from(key);
  }

  #value(table: CapturedTable, envelope: Parameters<Messages['value']>[1]): Buffer {
    return Buffer.from(this.#of(table).value(this.#number, envelope));
  }

  /** Sends an ordinary change. */
  #send(table: CapturedTable, id: string, envelope: Parameters<Messages['value']>[1]): void {
    const key = this.#key(table, { [table.key[0] ?? '']: table === codes ? JSON.stringify(id) : id });
    this.#add(table, id, { key, value: this.#value(table, envelope), outcome: { texts: {} } }, 'an ordinary change');
  }

  #put(table: CapturedTable, id: string, texts: Readonly<Record<string, string | null>>): void {
    this.#rows.get(table)?.set(
      id,
      table.columns.map(({ name }) => texts[name] ?? null),
    );
  }

  /** All records of an id are in one partition. */
  #add(table: CapturedTable, id: string, { key, value, headers = [], outcome }: Message, kind: string): void {
    const count = this.#partitions.get(table) ?? 1;
    const partition = [...id].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % count;
    const place = `${table.name}/${partition}`;
    const offset = this.#next.get(place) ?? 0;
    this.#next.set(place, offset + 1);
    const records = this.#records.get(table) ?? [];
    records.push({ partition, offset: String(offset), key, value, headers, timestamp: undefined, kind, outcome });
    this.#records.set(table, records);
  }
}
