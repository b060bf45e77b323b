/** The columns of a table as MySQL and MariaDB list them. */
import type { Session } from '../connection/session.ts';

/** One column. */
export type MysqlColumn = {
  readonly name: string;
  /** `varchar`, `decimal`, … */
  readonly dataType: string;
  /** Most characters of a text, or bytes of a binary column. */
  readonly length: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  /** Digits of a fraction of a second. */
  readonly fraction: number | null;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** Computed by the server; never written. */
  readonly generated: boolean;
};

/** The columns of a table in their order; empty if it does not exist. */
export async function readColumns(session: Session, database: string, table: string): Promise<readonly MysqlColumn[]> {
  const rows = await session.rows<{
    name: string;
    type: string;
    length: string | null;
    digits: string | null;
    scale: string | null;
    fraction: string | null;
    nullable: string;
    fallback: string | null;
    extra: string;
    expression: string | null;
  }>(
    `select column_name as name, data_type as type, character_maximum_length as length, numeric_precision as digits,
       numeric_scale as scale, datetime_precision as fraction, is_nullable as nullable, column_default as fallback, extra as extra, generation_expression as expression
     from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`,
    [database, table],
  );
  return rows.map(({ name, type, length, digits, scale, fraction, nullable, fallback, extra, expression }) => ({
    name,
    dataType: type.toLowerCase(),
    length: numberOf(length),
    precision: numberOf(digits),
    scale: numberOf(scale),
    fraction: numberOf(fraction),
    notNull: nullable === 'NO',
    hasDefault: fallback !== null || /auto_increment|default_generated/i.test(extra),
    generated: (expression ?? '') !== '' || /\bgenerated\b/i.test(extra.replace(/default_generated/i, '')),
  }));
}

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));
