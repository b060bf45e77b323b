/** Columns of `users_enriched` for a user's own enrichment functions, which `sluice.own_function` lists. */
import pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import { enrichedTable } from '../../../schemas/migrations.ts';
import { inTransaction } from '../connection/connection.ts';
import { quoted } from '../identifiers.ts';
import { withSchemaLock } from './migrate.ts';

/** A column for an enrichment function. */
export type OwnColumn = {
  readonly column: string;
  /** With its type as in `ALTER TABLE`. */
  readonly definition: { readonly type: string };
  /** The type as `format_type` prints it. */
  readonly printedType: string;
  readonly comment: string;
  readonly file: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
};

/** A function in `sluice.own_function`. */
export type Recorded = { readonly column: string; readonly file: string; readonly checksum: string };

/** Results by column. */
export type OwnColumns = {
  readonly added: readonly string[];
  /** Existing columns of the right type, but without a recorded function. */
  readonly adopted: readonly string[];
  readonly changed: readonly string[];
  /** Recorded functions that no longer exist. */
  readonly removed: readonly Recorded[];
};

/** The recorded functions; empty for a user who may not read them. */
export async function recordedFunctions(client: pg.Client): Promise<readonly Recorded[]> {
  const { rows: may } = await client.query<{ read: boolean }>(
    `select has_table_privilege('sluice.own_function', 'select') as read`,
  );
  if (!may[0]?.read) return [];
  const { rows } = await client.query<Recorded>(
    'select column_name as column, file, checksum from sluice.own_function order by 1',
  );
  return rows;
}

/** The types of the table's columns, as `format_type` prints them. */
export async function columnTypes(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type
     from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [enrichedTable],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/**
 * Creates missing columns and records the functions, one process at a time. Throws a `PipelineError` if a column's type
 * differs from the one its function declares.
 */
export async function prepareOwnColumns(client: pg.Client, own: readonly OwnColumn[]): Promise<OwnColumns> {
  const none: OwnColumns = { added: [], adopted: [], changed: [], removed: [] };
  if (own.length === 0) return { ...none, removed: await recordedFunctions(client) };
  return withSchemaLock(client, () =>
    inTransaction(client, async () => {
      const types = await columnTypes(client);
      const recorded = new Map((await recordedFunctions(client)).map((one) => [one.column, one]));
      const added: string[] = [];
      const adopted: string[] = [];
      const changed: string[] = [];
      for (const one of own) {
        const { column, printedType } = one;
        const type = types.get(column);
        const before = recorded.get(column);
        recorded.delete(column);
        if (type !== undefined && type !== printedType) throw typeChanged(one, type);
        if (type === undefined) added.push(column);
        else if (before === undefined) adopted.push(column);
        else if (before.checksum !== one.checksum) changed.push(column);
        else continue;
        await makeColumn(client, one, type === undefined);
      }
      return { added, adopted, changed, removed: [...recorded.values()] };
    }),
  );
}

async function makeColumn(client: pg.Client, one: OwnColumn, isMissing: boolean): Promise<void> {
  const { column, definition, comment, file, checksum } = one;
  const name = quoted(column);
  if (isMissing) await client.query(`alter table ${enrichedTable} add column ${name} ${definition.type}`);
  await client.query(`comment on column ${enrichedTable}.${name} is ${pg.escapeLiteral(comment)}`);
  await client.query(
    `insert into sluice.own_function (column_name, file, type, checksum) values ($1, $2, $3, $4)
     on conflict (column_name) do update
     set file = excluded.file, type = excluded.type, checksum = excluded.checksum, changed_at = now()`,
    [column, file, definition.type, checksum],
  );
}

/** The error for a column whose type differs from the one its function declares. */
export function typeChanged({ column, file, definition, printedType }: OwnColumn, found: string): PipelineError {
  const statement = `ALTER TABLE ${enrichedTable} ALTER COLUMN ${quoted(column)} TYPE ${definition.type} USING ${quoted(column)}::${definition.type}`;
  return new PipelineError(
    'own_column_type',
    `${file} declares the column ${column} as ${printedType}, and in ${enrichedTable} it is ${found}`,
    {
      advice: `Give the file another column, or change this one: npx sluice sql --write "${statement.replaceAll('"', '\\"')}"`,
    },
  );
}
