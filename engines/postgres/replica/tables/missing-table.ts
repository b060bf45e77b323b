/** What to do about a table that the target does not have because it was dropped, renamed or never created. */
import type pg from 'pg';
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import { readTables } from '../../catalogue/read.ts';
import { guardTable } from '../../guards/guard-table.ts';
import { quoted } from '../../identifiers.ts';

/**
 * What to do about a table that the target had; null if it never had it. If exactly one other table has all columns of the
 * event and is not replicated into, it counts as the same table under another name.
 */
export async function droppedAtTarget(client: pg.Client, table: SourceTable, event: RowEvent): Promise<Misfit | null> {
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
    return { table: name, reason: `the target no longer has it, but has ${other.qualified}`, statements, note: null };
  }
  return {
    table: name,
    reason: 'the target no longer has it',
    statements: [],
    note: `Rename it back, or restore it. To create it again, and to get its old rows by a new snapshot: DROP TABLE IF EXISTS ${guardTable(name)}; DELETE FROM sluice.target WHERE table_name = '${name.replaceAll("'", "''")}';`,
  };
}

/** What to do about a table that neither side has, because it was dropped or renamed at the source. */
export const missingEverywhere = (table: SourceTable, topic: string): Misfit => ({
  table: tableName(table),
  reason: 'neither the target nor the source has it',
  statements: [],
  note:
    `Its topic ${topic} has rows of it. Was it dropped or renamed at the source? If its rows are no longer needed, leave it ` +
    'out with the rules, or delete the topic; otherwise create it in the target.',
});
