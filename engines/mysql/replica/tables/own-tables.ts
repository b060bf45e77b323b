/** Sluice's own tables for one replicated table with a key: its guard rows, and the rows that change their key. */
import { createHash } from 'node:crypto';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { ownColumn, type TargetTable } from './target-table.ts';

/** Most characters of a name in MySQL and MariaDB. */
const nameLimit = 64;

/**
 * A name for one of Sluice's own tables: a prefix and the name of the replicated table. Ends in a hash where the name is too long, or
 * where it has characters other than small letters, because some servers compare names of tables without case.
 */
export function ownName(prefix: string, table: string): string {
  const name = `${prefix}_${table}`;
  if (name.length <= nameLimit && /^[a-z0-9_.$]+$/.test(name)) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 8);
  const kept = name
    .toLowerCase()
    .replace(/[^a-z0-9_.$]/g, '_')
    .slice(0, nameLimit - 9);
  return `${kept}_${hash}`;
}

/** The name of the guard table of a replicated table. */
export const guardName = (table: string): string => ownName('row_guard', table);

/** The guard table as SQL names it: one row per key with the position of its newest event, which stays when the row is deleted. */
export const guardTable = (session: Session, { name }: Pick<TargetTable, 'name'>): string =>
  session.own(guardName(name));

/** The table of rows that left their key and have not arrived under the new one. */
export const movedTable = (session: Session, { name }: Pick<TargetTable, 'name'>): string =>
  session.own(ownName('row_moved', name));

/**
 * Columns of a guard table beside the key. `sluice_merge` is the number of the merge that wrote the row last: a merge finds by it which
 * of its events won. `sluice_stood_…` is the position before that merge.
 */
const guardColumns = `
  sluice_merge bigint not null, sluice_stood_generation int null, sluice_stood_major bigint null, sluice_stood_minor bigint null,
  sluice_generation int not null, sluice_major bigint not null, sluice_minor bigint not null, sluice_deleted tinyint not null,
  sluice_topic text null, sluice_partition int null, sluice_offset bigint null, sluice_record_key longblob null,
  sluice_deleted_at datetime(6) null`;

/** The create of a moved row follows its delete at once. After this time it was lost or parked, and the kept row has no use. */
const keptFor = '7 day';

/**
 * Creates the table of moved rows, in the types of the table, and deletes rows that were kept too long. One from an earlier
 * definition is replaced. Not in a transaction, where the lock on all kept rows would stop other lanes.
 */
export async function createMovedTable(session: Session, table: TargetTable): Promise<void> {
  const name = movedTable(session, table);
  const columns = table.columns.map((column) => ownColumn(column, false));
  const definition = createHash('sha256').update(columns.join('\n')).digest('hex').slice(0, 16);
  const [found] = await session.rows<{ comment: string }>(
    'select table_comment as comment from information_schema.tables where table_schema = ? and table_name = ?',
    [session.bookkeeping, ownName('row_moved', table.name)],
  );
  if (found?.comment === definition) {
    await session.run(`delete from ${name} where sluice_kept_at < utc_timestamp(6) - interval ${keptFor}`);
    return;
  }
  if (found) await session.run(`drop table if exists ${name}`);
  await session.run(`create table if not exists ${name} (
      sluice_generation int not null, sluice_minor bigint not null, sluice_topic varchar(249) not null, sluice_partition int not null,
      sluice_record_key longblob null, sluice_kept_at datetime(6) not null, ${columns.join(', ')},
      primary key (sluice_generation, sluice_minor)
    ) engine = InnoDB row_format = dynamic comment = '${definition}'`);
}

/**
 * Creates the guard table of a table with a key, where it is missing. Otherwise gives its key columns the names and types of the key,
 * which may have been altered. Not in a transaction. An existing table is only read, so that no other session has to wait.
 */
export async function ensureGuardTable(session: Session, table: TargetTable): Promise<void> {
  const columns = await session.rows<{ name: string; type: string; collation: string | null }>(
    `select column_name as name, column_type as type, collation_name as collation from information_schema.columns
     where table_schema = ? and table_name = ? order by ordinal_position`,
    [session.bookkeeping, guardName(table.name)],
  );
  if (columns.length === 0) {
    await session.run(`create table if not exists ${guardTable(session, table)}
      (${keyColumns(table)}, ${guardColumns}, primary key (${table.key.map(quoted).join(', ')})) engine = InnoDB row_format = dynamic`);
    return;
  }
  const found = columns.filter(({ name }) => !name.startsWith('sluice_'));
  const wanted = table.columns.filter(({ name }) => table.key.includes(name));
  // Another number of columns is another key, to which the guard rows do not apply.
  if (found.length !== wanted.length) return;
  const come = wanted.filter(({ name }) => !found.some((one) => one.name === name));
  const gone = found.filter(({ name }) => !table.key.includes(name));
  const changes = found.flatMap((one) => {
    const column = wanted.find(({ name }) => name === one.name) ?? come[gone.indexOf(one)];
    if (!column) return [];
    const isSame = column.name === one.name && column.type === one.type && column.collation === one.collation;
    return isSame ? [] : [`change column ${quoted(one.name)} ${ownColumn(column, true)}`];
  });
  if (changes.length > 0) await session.run(`alter table ${guardTable(session, table)} ${changes.join(', ')}`);
}

const keyColumns = ({ key, columns }: TargetTable): string =>
  columns
    .filter(({ name }) => key.includes(name))
    .map((column) => ownColumn(column, true))
    .join(', ');
