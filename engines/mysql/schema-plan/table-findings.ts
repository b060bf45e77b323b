/** Findings about a table as a whole, and about the names and collations of its columns. */
import { tableName } from '../../../schemas/table-name.ts';
import type { TableDefinition } from '../../types/table.ts';
import { fitsCatalogue } from '../../types/to-mysql/utf8mb3.ts';
import type { Report } from './finding.ts';

/** Reports a missing primary key, partitions, names that the target cannot have, and collations that take texts for equal. */
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
  reportNames(table, object, report);
  for (const { name, folding } of table.columns)
    if (folding)
      report({
        severity: 'warn',
        object: `${object}.${name}`,
        what: 'tells texts apart that are equal at the source, such as a and A',
        why: 'its collation takes them for equal, the collation of the target does not',
      });
}

/** Reports names that the target cannot have, and columns that differ only in case. */
function reportNames(table: TableDefinition, object: string, report: Report): void {
  const refuse = (what: string, statement: string) =>
    report({
      severity: 'block',
      object: what,
      what: 'has a name with characters beyond U+FFFF',
      why: 'the server keeps names in utf8mb3, and would make them question marks',
      statement,
    });
  if (!fitsCatalogue(object)) refuse(object, `ALTER TABLE ${object} RENAME TO …`);
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
    if (!fitsCatalogue(name)) refuse(`${object}.${name}`, `ALTER TABLE ${object} RENAME COLUMN "${name}" TO …`);
  }
}
