/** Findings about a table as a whole, and about the names and collations of its columns. */
import { tableName } from '../../../schemas/table-name.ts';
import type { TableDefinition } from '../../types/table.ts';
import type { Report } from './finding.ts';

/** Reports a missing primary key, partitions, columns that differ only in case, and collations that take texts for equal. */
export function reportTable(table: TableDefinition, report: Report): void {
  const object = tableName(table);
  if (table.primaryKey === null)
    report({
      severity: 'warn',
      object,
      what: 'has no primary key: each of its changes reads the whole table',
      why: 'the source has none',
      statement: `ALTER TABLE ${object} ADD PRIMARY KEY (…)`,
    });
  if (table.partitionedBy !== null)
    report({
      severity: 'info',
      object,
      what: 'becomes one table without partitions',
      why: `PARTITION BY ${table.partitionedBy}`,
    });
  const names = new Map<string, string>();
  for (const { name } of table.columns) {
    const other = names.get(name.toLowerCase());
    if (other !== undefined)
      report({
        severity: 'block',
        object: `${object}.${name}`,
        what: `cannot be beside the column ${other}`,
        why: 'names of columns that differ only in case are equal in MySQL',
        statement: `ALTER TABLE ${object} RENAME COLUMN "${name}" TO …`,
      });
    names.set(name.toLowerCase(), name);
  }
  for (const { name, folding } of table.columns)
    if (folding)
      report({
        severity: 'warn',
        object: `${object}.${name}`,
        what: 'tells texts apart that are equal at the source, such as a and A',
        why: 'its collation takes them for equal, the collation of the target does not',
      });
}
