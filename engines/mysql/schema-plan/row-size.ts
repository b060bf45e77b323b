/** The limit of a row: 65,535 bytes without the texts that are stored beside it. */
import { tableName } from '../../../schemas/table-name.ts';
import { keyColumns } from '../../types/measured.ts';
import type { TypedColumn, TypedTable } from './column-types.ts';
import type { Report } from './finding.ts';
import { maxRowBytes, partsOf, rowBytes } from './sql-type.ts';

/** Bytes for the bits of NULLs and for the server's own fields. */
const overheadBytes = 256;

/** A table whose rows fit, and the limits of texts that their new types do not have, by column. */
export type FittingTable = { readonly typed: TypedTable; readonly lengths: ReadonlyMap<string, number> };

/** Makes the longest VARCHARs outside of keys a TEXT until a row fits. */
export function fitRow(typed: TypedTable, report: Report): FittingTable {
  const { table } = typed;
  const keys = keyColumns(table);
  const columns = new Map(typed.columns);
  const lengths = new Map<string, number>();
  for (;;) {
    const bytes = [...columns.values()].reduce((sum, { sqlType }) => sum + rowBytes(sqlType), overheadBytes);
    if (bytes <= maxRowBytes) return { typed: { table, columns }, lengths };
    const longest = longestText([...columns.values()].filter(({ definition }) => !keys.has(definition.name)));
    if (longest === undefined) {
      report({
        severity: 'block',
        object: tableName(table),
        what: `has rows of ${bytes} bytes, the most is ${maxRowBytes}`,
        why: 'its columns are too long, and none of them can be stored beside the row',
      });
      return { typed: { table, columns }, lengths };
    }
    const { name } = longest.definition;
    const { size } = partsOf(longest.sqlType);
    columns.set(name, { ...longest, sqlType: 'text' });
    lengths.set(name, size);
    report({
      severity: 'info',
      object: `${tableName(table)}.${name}`,
      what: `becomes a TEXT with a CHECK of at most ${size} characters`,
      why: `the VARCHARs of a row have at most ${maxRowBytes} bytes`,
    });
  }
}

function longestText(columns: readonly TypedColumn[]): TypedColumn | undefined {
  const texts = columns.filter(({ sqlType }) => /^varchar\(\d+\)$/.test(sqlType) && rowBytes(sqlType) > 1024);
  return texts.sort((one, other) => rowBytes(other.sqlType) - rowBytes(one.sqlType))[0];
}
