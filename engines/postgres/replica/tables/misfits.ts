/**
 * Finds out why a table of the target does not accept a change, by reading its definition and that of the source. The source
 * is read once per table and group: whatever the records need was defined before they were written.
 */
import type pg from 'pg';
import { type Cell, type Row, unchanged } from '../../../../formats/debezium/row-event.ts';
import { messageOf } from '../../../../pipeline/errors.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import type { Logger } from '../../../../pipeline/ports.ts';
import type { SourceTable } from '../../../../schemas/table-name.ts';
import type { Cause } from '../../../sink/rows.ts';
import { missingColumns } from '../../catalogue/definition/columns.ts';
import { type Column, type Definition, definitionFrom, readDefinition } from '../../catalogue/definition/definition.ts';
import { misfitOf, type ServerError } from '../../catalogue/definition/refusal.ts';
import type { Quote } from '../../catalogue/definition/statements.ts';
import { type Database, inTransaction, withConnection } from '../../connection/connection.ts';
import { quoted } from '../../identifiers.ts';
import type { TargetTable } from './target-table.ts';

/** Where the definitions of the source are. */
export type MisfitsOptions = {
  readonly source?: Database | undefined;
  /** Whether the table has the same name and shape at the source. */
  readonly isWanted: (table: SourceTable) => boolean;
  readonly logger: Logger;
};

/** Milliseconds for the source to connect and to respond. */
const sourceLimits = { connect: 5_000, lock: 5_000, statement: 10_000, answer: 12_000 };

/** What was read of a table in one attempt to write. */
type Known = { readonly target: Definition | undefined; readonly catalogue: Definition | null; readonly quote: Quote };

/** Reads the definitions of tables when something does not fit. For one session. */
export class Misfits {
  readonly #options: MisfitsOptions;
  readonly #known = new Map<TargetTable, Known>();
  /** The definition for which `altered` was last returned, by table: once for each definition, or the retries would not end. */
  readonly #reported = new Map<string, string>();

  constructor(options: MisfitsOptions) {
    this.#options = options;
  }

  /** Begins another attempt and forgets what was read in the last one. */
  begin(): void {
    this.#known.clear();
  }

  /** Describes columns that the table lacks. Call it outside of a transaction. */
  ofColumns(client: pg.Client, table: TargetTable, row: Row, names: readonly string[]): Promise<Misfit> {
    return inTransaction(client, async () => {
      const message = messageDefinition(table, row);
      const { target, catalogue, quote } = await this.#lookUp(client, table, message);
      const knows = (one: Definition | null) =>
        one !== null && names.every((name) => one.columns.some((column) => column.name === name));
      const nothing = definitionFrom(table.at, []);
      const source = (knows(catalogue) ? catalogue : (message ?? catalogue)) ?? nothing;
      return { table: table.name, ...missingColumns(target ?? nothing, source, names, quote) };
    });
  }

  /** What caused an error of the server. Call it within the running transaction. */
  async ofRefusal(client: pg.Client, table: TargetTable, row: Row | null, error: ServerError): Promise<Cause> {
    const message = row && messageDefinition(table, row);
    const { target, catalogue, quote } = await this.#lookUp(client, table, message);
    if (this.#isAltered(table, target)) return 'altered';
    if (!target || !row) return 'record';
    const cells = new Map<string, Exclude<Cell, symbol>>();
    for (const [index, name] of row.shape.columns.entries()) {
      const cell = row.cells[index];
      if (cell !== undefined && cell !== unchanged) cells.set(name, cell);
    }
    const takes = (column: string) => takesValue(client, table, column, cells.get(column));
    const found = await misfitOf({ error, target, catalogue, message, cells, takes, quote });
    return found ? { table: table.name, ...found } : 'record';
  }

  /** Whether the table was altered since its statements were built. True once for each definition. */
  #isAltered(table: TargetTable, now: Definition | undefined): boolean {
    const columns = now?.columns.filter(({ generated }) => generated === null) ?? [];
    const textOf = (some: readonly Pick<Column, 'name' | 'type' | 'notNull' | 'expression'>[], key: unknown) =>
      JSON.stringify([some.map(({ name, type, notNull, expression }) => [name, type, notNull, expression]), key]);
    const text = textOf(columns, now?.key);
    if (text === textOf(table.columns, table.key) || text === this.#reported.get(table.name)) return false;
    this.#reported.set(table.name, text);
    return true;
  }

  async #lookUp(client: pg.Client, table: TargetTable, message: Definition | null): Promise<Known> {
    const found = this.#known.get(table);
    if (found) return found;
    const [target, catalogue] = [await readDefinition(client, table.at), await this.#readSource(table.at)];
    const known = { target, catalogue, quote: await quoting(client, [target, catalogue, message]) };
    this.#known.set(table, known);
    return known;
  }

  /** The definition at the source; null if it has none or does not respond. Then only the message describes the table. */
  async #readSource(table: SourceTable): Promise<Definition | null> {
    const { source, isWanted, logger } = this.#options;
    if (!source || !isWanted(table)) return null;
    try {
      const limited = { ...source, timeouts: { ...source.timeouts, ...sourceLimits } };
      const read = (client: pg.Client) => inTransaction(client, () => readDefinition(client, table));
      return (await withConnection(limited, 'definition', read)) ?? null;
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the definition of a table could not be read from the source');
      return null;
    }
  }
}

const messageDefinition = ({ at }: TargetTable, { shape: { fields } }: Row): Definition | null =>
  fields === null ? null : definitionFrom(at, fields);

/** Quotes names of the definitions as the server does, which is only where needed, and all other names always. */
async function quoting(client: pg.Client, definitions: readonly (Definition | null | undefined)[]): Promise<Quote> {
  const names = definitions.flatMap((one) => [
    ...(one?.columns.map(({ name }) => name) ?? []),
    ...(one?.checks?.map(({ name }) => name) ?? []),
    ...(one?.columns.flatMap(({ domain }) => domain?.checks.map(({ name }) => name) ?? []) ?? []),
  ]);
  const { rows } = await client.query<{ name: string; sql: string }>(
    'select name, quote_ident(name) as sql from unnest($1::text[]) as name',
    [names],
  );
  const known = new Map(rows.map(({ name, sql }) => [name, sql]));
  return (name) => known.get(name) ?? quoted(name);
}

/**
 * Whether a value can be written into a column. The staging table ignores length, precision and scale of the column: only an
 * assignment checks them. Leaves the transaction as it was.
 */
async function takesValue(
  client: pg.Client,
  { qualified, columns }: TargetTable,
  name: string,
  cell: Exclude<Cell, symbol> | undefined,
): Promise<boolean> {
  const column = columns.find((one) => one.name === name);
  if (!column || cell === undefined || cell === null) return true;
  const own = quoted(name);
  await client.query(`savepoint value; create temporary table taking as select ${own} from ${qualified} with no data`);
  try {
    await client.query(`insert into taking select ${column.value} from (select $1::text as ${own}) as row`, [
      String(cell),
    ]);
    return true;
  } catch (error) {
    if (!/^2[23]/.test((error as ServerError).code ?? '')) throw error;
    return false;
  } finally {
    await client.query('rollback to savepoint value; release savepoint value');
  }
}
