/** Fills computed columns of existing rows: reads rows by key, and updates rows whose values differ. */
import type pg from 'pg';
import { enrichedTable } from '../../../schemas/migrations.ts';
import type { Column, PositionColumns } from '../../../schemas/table-shape.ts';
import { withoutModifier } from '../apply/sql/incoming.ts';
import { quoted } from '../identifiers.ts';

/** A row: its event columns as text, and the source position of its newest event. */
export type StoredRow = {
  readonly id: string;
  readonly cells: { readonly [column: string]: string | null };
  readonly position: readonly [generation: number, major: string, minor: string];
};

/** A row and its computed values as PostgreSQL input, in the order of the columns to fill. */
export type Filled = { readonly row: StoredRow; readonly values: readonly (string | null)[] };

/** Results of a batch. */
export type BatchCounts = {
  /** Rows whose position has not changed since they were read; the others have a newer event. */
  readonly same: number;
  /** Rows of `same` whose values differ. They were updated, except in a dry run. */
  readonly changed: number;
};

/** A row that differs: stored and computed values as text. */
export type Example = {
  readonly id: string;
  readonly before: readonly (string | null)[];
  readonly after: readonly (string | null)[];
};

/** At most `limit` rows with a key above `after`, in key order. */
export async function readRows(
  client: pg.Client,
  columns: readonly string[],
  position: PositionColumns,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly StoredRow[]> {
  const cells = columns.map((name) => `${quoted(name)}::text`).join(', ');
  // `order by t.id`, because a plain `id` would mean the output column, which is text.
  const { rows } = await client.query<(string | null)[]>({
    text: `select id::text, ${position.map((name) => `${name}::text`).join(', ')}, ${cells} from ${enrichedTable} t
           ${after === null ? '' : 'where t.id > $1'} order by t.id limit ${limit}`,
    values: after === null ? [] : [after],
    rowMode: 'array',
  });
  return rows.map(([id, generation, major, minor, ...texts]) => ({
    id: String(id),
    position: [Number(generation), String(major), String(minor)],
    cells: Object.fromEntries(columns.map((name, at) => [name, texts[at] ?? null])),
  }));
}

/** The statements that fill columns. Columns in `missing` do not exist yet, and can only be compared. */
export class FillStatements {
  readonly #columns: readonly Column[];
  readonly #with: string;
  readonly #join: string;
  readonly #differ: string;
  readonly #stored: readonly string[];

  constructor(columns: readonly Column[], position: PositionColumns, missing: ReadonlySet<string>) {
    this.#columns = columns;
    const types = columns.map(({ type }) => withoutModifier(type));
    const names = ['id', 'generation', 'major', 'minor', ...columns.map((_, at) => `v${at}`)];
    const arrays = ['bigint', 'integer', 'bigint', 'bigint', ...columns.map(() => 'text')];
    const cast = columns.map((_, at) => `v${at}::${types[at]} as v${at}`).join(', ');
    this.#with = `with m as materialized (select id, generation, major, minor, ${cast} from
      unnest(${arrays.map((type, at) => `$${at + 1}::${type}[]`).join(', ')}) as n (${names.join(', ')}))`;
    const place = position.map((name) => `t.${name}`).join(', ');
    this.#join = `t.id = m.id and (${place}) = (m.generation, m.major, m.minor)`;
    this.#stored = columns.map(({ name }, at) => (missing.has(name) ? `null::${types[at]}` : `t.${quoted(name)}`));
    this.#differ = `row(${this.#stored.join(', ')}) is distinct from row(${columns.map((_, at) => `m.v${at}`).join(', ')})`;
  }

  /** Updates rows that differ. Locks them in key order, as the pipeline does, so that both cannot deadlock. */
  async write(client: pg.Client, batch: readonly Filled[]): Promise<BatchCounts> {
    const set = this.#columns.map(({ name }, at) => `${quoted(name)} = m.v${at}`).join(', ');
    const statement = `${this.#with}, locked as (
        select t.id from ${enrichedTable} t join m on ${this.#join} where ${this.#differ} order by t.id for no key update of t
      ), changed as (
        update ${enrichedTable} t set ${set} from m where ${this.#join} and t.id in (select id from locked) returning 1
      )
      select (select count(*) from ${enrichedTable} t join m on ${this.#join})::integer as same,
             (select count(*) from changed)::integer as changed`;
    const { rows } = await client.query<BatchCounts>(statement, parametersOf(batch, this.#columns.length));
    return rows[0] ?? { same: 0, changed: 0 };
  }

  /** Returns the counts, and at most `limit` rows that differ. Changes nothing. */
  async compare(client: pg.Client, batch: readonly Filled[], limit: number) {
    const parameters = parametersOf(batch, this.#columns.length);
    const counts = `${this.#with} select count(*)::integer as same, count(*) filter (where ${this.#differ})::integer as changed
      from ${enrichedTable} t join m on ${this.#join}`;
    const { rows } = await client.query<BatchCounts>(counts, parameters);
    const texts = (values: readonly string[]) => `array[${values.map((value) => `${value}::text`).join(', ')}]`;
    const computed = this.#columns.map((_, at) => `m.v${at}`);
    const differing = `${this.#with} select t.id::text, ${texts(this.#stored)} as before, ${texts(computed)} as after
      from ${enrichedTable} t join m on ${this.#join} where ${this.#differ} order by t.id limit ${limit}`;
    const examples = limit > 0 ? (await client.query<Example>(differing, parameters)).rows : [];
    return { counts: rows[0] ?? { same: 0, changed: 0 }, examples };
  }
}

/** One array for each column of `m`. */
function parametersOf(batch: readonly Filled[], columns: number): unknown[] {
  return [
    batch.map(({ row }) => row.id),
    ...[0, 1, 2].map((part) => batch.map(({ row }) => row.position[part])),
    ...Array.from({ length: columns }, (_, at) => batch.map(({ values }) => values[at] ?? null)),
  ];
}
