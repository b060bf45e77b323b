/**
 * The table of deferred rows of a replicated table (rule 22): rows that are kept back while another row has their value of a unique
 * key. Its columns have the types of the replicated table, so that a row is kept exactly.
 */
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { ownName } from '../tables/own-tables.ts';
import { listed, ownColumn, type TargetTable } from '../tables/target-table.ts';

/** Its name. */
export const deferredName = (table: string): string => ownName('row_deferred', table);

/** Its name as SQL has it. */
export const deferredTable = (session: Session, { name }: Pick<TargetTable, 'name'>): string =>
  session.own(deferredName(name));

/** Its columns beside those of the replicated table: position and origin of the event, and when the row was deferred. */
const ownColumns = `
  sluice_number bigint not null auto_increment primary key, sluice_generation int not null, sluice_major bigint not null,
  sluice_minor bigint not null, sluice_topic varchar(500) not null, sluice_partition int not null, sluice_offset bigint not null,
  sluice_deferred_at datetime(6) not null`;

/** Creates the table where it is missing. Otherwise gives it the columns of the replicated table. Not in a transaction. */
export async function ensureDeferredTable(session: Session, table: TargetTable): Promise<void> {
  const found = await session.rows<{ name: string; type: string; collation: string | null }>(
    `select column_name as name, column_type as type, collation_name as collation from information_schema.columns
     where table_schema = ? and table_name = ? order by ordinal_position`,
    [session.bookkeeping, deferredName(table.name)],
  );
  const name = deferredTable(session, table);
  if (found.length === 0) {
    const columns = table.columns.map((column) => ownColumn(column, false)).join(', ');
    await session.run(
      `create table if not exists ${name} (${ownColumns}, ${columns}, key (${listed(table.key)})) engine = InnoDB row_format = dynamic`,
    );
    return;
  }
  const changes = table.columns.flatMap((column) => {
    const one = found.find((other) => other.name === column.name);
    if (one === undefined) return [`add column ${ownColumn(column, false)}`];
    const isSame = one.type === column.type && one.collation === column.collation;
    return isSame ? [] : [`modify column ${ownColumn(column, false)}`];
  });
  const gone = found.filter(
    (one) => !one.name.startsWith('sluice_') && !table.columns.some(({ name: other }) => other === one.name),
  );
  changes.push(...gone.map((one) => `drop column ${quoted(one.name)}`));
  if (changes.length > 0) await session.run(`alter table ${name} ${changes.join(', ')}`);
}

/** Whether a replicated table has a table of deferred rows. */
export async function hasDeferredTable(session: Session, table: string): Promise<boolean> {
  const found = await session.cells(
    'select 1 from information_schema.tables where table_schema = ? and table_name = ?',
    [session.bookkeeping, deferredName(table)],
  );
  return found.length > 0;
}
