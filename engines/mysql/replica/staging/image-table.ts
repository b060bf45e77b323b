/** The temporary table of the image of a row that collided: all columns of the target, without its keys. */
import type { Session } from '../../connection/session.ts';
import { parseDefinition } from '../../schema-apply/definition.ts';
import type { TargetTable } from '../tables/target-table.ts';
import { stagingNames } from './staging-tables.ts';

/**
 * Creates it. Not in a transaction. The columns are those that the server writes for the target, so that it computes the same values
 * for generated columns, on which a unique key may be. `CREATE … LIKE` would refuse tables with full-text keys or partitions.
 */
export async function createImageTable(session: Session, table: TargetTable): Promise<void> {
  const [row = []] = await session.cells(`show create table ${table.qualified}`);
  const create = String(row[1]);
  const [, charset = ''] = /^\).*? (DEFAULT CHARSET=\w+(?: COLLATE=\w+)?)/m.exec(create) ?? [];
  const columns = parseDefinition(create)
    .columns.filter((line) => !/ GENERATED ALWAYS AS ROW (?:START|END)/.test(line))
    .map((line) => line.replace(/ AUTO_INCREMENT\b/, '').replace(/ WITH(?:OUT)? SYSTEM VERSIONING/, ''));
  const { images } = stagingNames(session, table);
  await session.run(
    `create temporary table ${images} (${columns.join(', ')}) engine = InnoDB row_format = dynamic ${charset}`,
  );
}
