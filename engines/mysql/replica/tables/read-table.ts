/** Reads the definition of a table from the information schema. */

import { fitsCatalogue } from '../../../types/to-mysql/utf8mb3.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import type { TargetColumn } from './target-table.ts';

/** A table as it is in the target. */
export type FoundTable = {
  readonly database: string;
  readonly table: string;
  readonly qualified: string;
  readonly isBaseTable: boolean;
  /** Its storage engine, in lower case. */
  readonly storageEngine: string;
  readonly columns: readonly TargetColumn[];
  readonly generated: readonly string[];
  readonly key: readonly string[];
  /** Columns of the primary key of which it contains only the first characters. */
  readonly keyPrefixes: readonly string[];
  /** Whether one of its rows can be in the way of another, because it has a unique key beside its primary key. */
  readonly canDefer: boolean;
  /** Names of its triggers. */
  readonly triggers: readonly string[];
};

const columnsQuery = `
  select column_name as name, column_type as type, lower(data_type) as dataType, character_set_name as charset,
    collation_name as collation, character_maximum_length as length, numeric_precision as numericPrecision,
    numeric_scale as scale, datetime_precision as fraction, is_nullable as nullable, column_default as defaultText,
    extra as extra
  from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`;

type ColumnRow = {
  readonly [column in
    | 'name'
    | 'type'
    | 'dataType'
    | 'charset'
    | 'collation'
    | 'length'
    | 'numericPrecision'
    | 'scale'
    | 'fraction'
    | 'nullable'
    | 'defaultText'
    | 'extra']: string | null;
};

/** The table of exactly this name; undefined if there is none. */
export async function readTable(session: Session, database: string, table: string): Promise<FoundTable | undefined> {
  // The information schema refuses to compare its names with such a text.
  if (!fitsCatalogue(database + table)) return undefined;
  const [found] = await session.rows<{
    type: string;
    storageEngine: string | null;
    name: string;
    schema: string;
  }>(
    `select table_type as type, engine as storageEngine, table_name as name, table_schema as \`schema\`
     from information_schema.tables where table_schema = ? and table_name = ?`,
    [database, table],
  );
  // The information schema compares names without case.
  if (!found || found.name !== table || found.schema !== database) return undefined;
  const columns = await session.rows<ColumnRow>(columnsQuery, [database, table]);
  const key = await session.rows<{ name: string; part: string | null }>(
    `select column_name as name, sub_part as part from information_schema.statistics
     where table_schema = ? and table_name = ? and index_name = 'PRIMARY' order by seq_in_index`,
    [database, table],
  );
  const uniqueKeys = await session.cells(
    `select 1 from information_schema.statistics
     where table_schema = ? and table_name = ? and index_name <> 'PRIMARY' and non_unique = 0 limit 1`,
    [database, table],
  );
  const triggers = await session.rows<{ name: string }>(
    `select trigger_name as name from information_schema.triggers
     where event_object_schema = ? and event_object_table = ?`,
    [database, table],
  );
  return {
    database,
    table,
    qualified: `${quoted(database)}.${quoted(table)}`,
    isBaseTable: found.type === 'BASE TABLE',
    storageEngine: (found.storageEngine ?? '').toLowerCase(),
    columns: columns.filter((one) => !isGenerated(one)).map(columnOf),
    generated: columns.filter(isGenerated).map(({ name }) => String(name)),
    key: key.map(({ name }) => name),
    keyPrefixes: key.filter(({ part }) => part !== null).map(({ name }) => name),
    canDefer: uniqueKeys.length > 0 && key.length > 0,
    triggers: triggers.map(({ name }) => name),
  };
}

/** MySQL marks a default that is an expression as DEFAULT_GENERATED. */
const isGenerated = ({ extra }: ColumnRow): boolean => /\b(?:virtual|stored|persistent) generated\b/i.test(extra ?? '');

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

function columnOf(row: ColumnRow): TargetColumn {
  const isNullable = row.nullable === 'YES';
  return {
    name: String(row.name),
    type: String(row.type),
    dataType: String(row.dataType),
    charset: row.charset,
    collation: row.collation,
    length: numberOf(row.length),
    precision: numberOf(row.numericPrecision),
    scale: numberOf(row.scale),
    fraction: numberOf(row.fraction),
    isNullable,
    isOptional: isNullable || row.defaultText !== null || /auto_increment|default_generated/i.test(row.extra ?? ''),
  };
}
