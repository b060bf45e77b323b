/**
 * Finds values that the server altered when it stored them in their type (promise 7). The encoding of a cell should not let any
 * of them through; this check holds also where it is wrong.
 */
import { quoted } from '../../identifiers.ts';
import type { TargetColumn } from '../tables/target-table.ts';

/** A value that the server would store differently. */
export class AlteredValue extends Error {
  /** The server's number for "Data truncated for column", which it raises as a warning only. */
  readonly errno = 1265;
  readonly code = 'WARN_DATA_TRUNCATED';

  constructor(column: string) {
    super(`The value of column '${column}' would be altered`);
  }
}

/** Whether MariaDB alters values of a column without a warning. It warns of decimals, dates, and texts of variable length. */
export function isAlteredSilently({ dataType, charset, fraction }: TargetColumn): boolean {
  if (['datetime', 'timestamp', 'time'].includes(dataType)) return (fraction ?? 0) < microseconds;
  return ['char', 'enum', 'set', 'year'].includes(dataType) || (charset !== null && charset !== 'utf8mb4');
}

/** Digits of a second that PostgreSQL keeps. */
const microseconds = 6;

/** Most digits of a decimal, and most of them after the point. */
const [mostDigits, mostScale] = [65, 30];

/** Digits after the point with which a decimal is compared: as many as leave room for those before it. */
const comparedScale = ({ precision, scale }: TargetColumn): number =>
  Math.min(mostScale, mostDigits - ((precision ?? 0) - (scale ?? 0)));

/** The condition that a typed value of `w` differs from its staged text; null if the server refuses every such value. */
function differs(column: TargetColumn, staged: string): string | null {
  const { name, dataType, charset } = column;
  const stored = `w.${quoted(name)}`;
  switch (dataType) {
    case 'decimal':
      return `not (${stored} <=> cast(${staged} as decimal(${mostDigits}, ${comparedScale(column)})))`;
    case 'date':
    case 'datetime':
    case 'timestamp':
      return `not (${stored} <=> cast(${staged} as datetime(6)))`;
    case 'time':
      return `not (${stored} <=> cast(${staged} as time(6)))`;
    case 'year':
      return `not (cast(${stored} as binary) <=> cast(${staged} as binary))`;
    default:
      if (charset === null) return null;
      return charset === 'utf8mb4'
        ? `not (cast(${stored} as binary) <=> cast(${staged} as binary))`
        : `not (cast(convert(${stored} using utf8mb4) as binary) <=> cast(${staged} as binary))`;
  }
}

/** Where typed values and their texts are: tables of a FROM clause, of which `w` has the values and `texts` the texts. */
export type Compared = { readonly source: string; readonly texts: string };

/**
 * The statement that returns the name of a column with an altered value, if there is one; undefined if no column needs it.
 * @param columns with the names of their staged texts.
 */
export function findAltered(
  columns: readonly (readonly [column: TargetColumn, text: string])[],
  { source, texts }: Compared,
): string | undefined {
  const conditions = columns.flatMap(([column, text]) => {
    const condition = differs(column, `${texts}.${text}`);
    return condition === null ? [] : [[column.name, condition] as const];
  });
  if (conditions.length === 0) return undefined;
  const cases = conditions.map(([name, condition]) => `when ${condition} then '${name.replace(/[\\']/g, '\\$&')}'`);
  return `select name from (
      select case ${cases.join(' ')} end as name from ${source}
    ) found where name is not null limit 1`;
}
