/** A table that was written to and is not in the target any more: dropped there, or renamed. */
import type pg from 'pg';
import type { RowEvent } from '../../../formats/debezium/row-event.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import { readTables } from '../catalogue/read.ts';
import { guardTable } from '../guards/guard-table.ts';
import { quoted } from '../identifiers.ts';

/**
 * What to do about a table that the target lacks; null where it never had it. A table that nothing is replicated into,
 * with the columns of the event, is taken for the same under another name.
 */
export async function goneTable(client: pg.Client, table: SourceTable, event: RowEvent): Promise<Misfit | null> {
  const name = tableName(table);
  const { rows } = await client.query<{ table_name: string }>('select table_name from sluice.target');
  const registered = new Set(rows.map((row) => row.table_name));
  if (!registered.has(name)) return null;
  const columns = (event.after ?? event.key)?.shape.columns ?? [];
  const alike = (await readTables(client)).filter(
    (one) =>
      one.schema !== 'sluice' &&
      one.partitionOf === null &&
      !registered.has(tableName(one)) &&
      columns.length > 0 &&
      columns.every((column) => one.columns.some((other) => other.name === column)),
  );
  const [other] = alike;
  const [schema, own] = [quoted(table.schema), quoted(table.name)];
  if (other && alike.length === 1) {
    const statements = [
      ...(other.name === table.name ? [] : [`ALTER TABLE ${other.qualified} RENAME TO ${own};`]),
      ...(other.schema === table.schema ? [] : [`ALTER TABLE ${quoted(other.schema)}.${own} SET SCHEMA ${schema};`]),
    ];
    return { table: name, reason: `the target has it no more, but has ${other.qualified}`, statements, note: null };
  }
  return {
    table: name,
    reason: 'the target has it no more',
    statements: [],
    note: `Rename it back, or restore it. To have it made again, with the rows of before by a new snapshot: DROP TABLE IF EXISTS ${guardTable(name)}; DELETE FROM sluice.target WHERE table_name = '${name.replaceAll("'", "''")}';`,
  };
}
