/** A table of the target as it is compared with its source: cell by cell, in one text for equal values. */
import { Rejection } from '../../../schemas/rejection.ts';
import type { LoadedRow } from '../../load.ts';
import { type PolicyConfig, policiesOf } from '../../types/policies.ts';
import type { TableDefinition } from '../../types/table.ts';
import type { Cast } from '../../types/to-mysql/cast.ts';
import { castInto } from '../catalogue/cast-column.ts';
import { readColumns } from '../catalogue/columns.ts';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import { readCells } from './read-cells.ts';

/** A table of which both sides are read. */
export type ComparedTable = {
  /** Names of the compared columns: those that both sides have. */
  readonly columns: readonly string[];
  /** The canonical cells of a row of the source; the rejection of a value that the target cannot hold. */
  readonly expected: (row: LoadedRow) => LoadedRow | Rejection;
  /** The canonical cells of all rows of the target. */
  readonly rows: () => AsyncIterable<readonly LoadedRow[]>;
};

/** Returns the comparison of a table, undefined if the target lacks it. */
export async function comparedTable(
  session: Session,
  table: TableDefinition,
  database: string,
  policies: PolicyConfig,
): Promise<ComparedTable | undefined> {
  const found = new Map((await readColumns(session, database, table.name)).map((column) => [column.name, column]));
  if (found.size === 0) return undefined;
  const columns = table.columns.flatMap(({ name, type }): { name: string; cast: Cast }[] => {
    const column = found.get(name);
    if (column === undefined) return [];
    const chosen = policiesOf(policies, `${table.schema}.${table.name}.${name}`);
    return [{ name, cast: castInto(column, type, session.flavor, chosen) }];
  });
  const canonical = columns.map(({ cast }) => cast.canonical ?? ((text: string) => text));
  // MySQL's CAST shortens a double to 22 characters.
  const texts = columns.map(({ name, cast }) => cast.readBack?.(quoted(name)) ?? `cast(${quoted(name)} as char)`);
  const sql = `select ${texts.join(', ')} from ${quoted(database)}.${quoted(table.name)}`;
  return {
    columns: columns.map(({ name }) => name),
    expected: (row) => {
      const cells: (string | null)[] = [];
      for (const [at, { cast }] of columns.entries()) {
        const cell = row[at] ?? null;
        const value = cell === null ? null : cast.encode(cell);
        if (value instanceof Rejection) return value;
        cells.push(value === null ? null : (canonical[at]?.(value) ?? value));
      }
      return cells;
    },
    rows: async function* () {
      for await (const batch of readCells(session, sql))
        yield batch.map((row) => row.map((cell, at) => (cell === null ? null : (canonical[at]?.(cell) ?? cell))));
    },
  };
}
