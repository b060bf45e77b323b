/**
 * Expires the guard rows of deleted keys in MySQL and MariaDB (rule 12). A guard row expires when no older event of its key can
 * arrive: the event that deleted the row has left the topic, and there is no dead letter with its key, which could be replayed. An
 * older event that still arrives is below the horizon, which is the highest expired position, and is parked instead of applied.
 *
 * An index of deleted keys alone does not exist there, and one of all keys would slow every change. So a guard table is read once
 * in a pass, without locks, and the rows found are deleted by their keys.
 */
import type { ExpiredGuards, LogStart, TopicStarts } from '../../../contract.ts';
import { type MysqlDatabase, timeoutsOf } from '../../connection/database.ts';
import { inTransaction, withSession } from '../../connection/open-session.ts';
import type { Session } from '../../connection/session.ts';
import { positionOf } from '../merge/guard-rows.ts';
import { lockAlone } from '../tables/locks.ts';
import { guardName, guardTable } from '../tables/own-tables.ts';
import { listed, sameKey } from '../tables/target-table.ts';

/** Guard rows deleted in one transaction, while writers of the table wait. */
const batchSize = 10_000;

/** Most guard rows of one pass. The next pass continues. */
const passSize = 200_000;

/** Guard rows younger than this stay: a transaction that began before the delete may still run. */
const youngest = '1 hour';

/** Milliseconds for one statement: it reads a whole guard table. */
const statementLimitMs = 3_600_000;

/** Expires the guard rows of all tables that these topics feed. Answers the tables with expired rows. */
export async function expireAllGuards(
  database: MysqlDatabase,
  name: string,
  topics: readonly TopicStarts[],
): Promise<readonly ExpiredGuards[]> {
  const timeouts = { ...timeoutsOf(database), statement: statementLimitMs, answer: statementLimitMs + 10_000 };
  return await withSession({ ...database, timeouts }, name, async (session) => {
    const found: ExpiredGuards[] = [];
    for (const { topic, starts } of topics) {
      const tables = await session.rows<{ name: string }>(
        `select table_name as name from ${session.own('target')} where topic = ? and deletes = 'hard' order by table_name`,
        [topic],
      );
      for (const { name: table } of tables)
        found.push({ table, expired: await expireGuards(session, table, topic, starts) });
    }
    return found.filter(({ expired }) => expired > 0);
  });
}

/** Expires the guard rows of one table, at most once an hour. Returns how many. */
export async function expireGuards(
  session: Session,
  table: string,
  topic: string,
  starts: readonly LogStart[],
): Promise<number> {
  const key = await readKey(session, table);
  if (starts.length === 0 || key.length === 0 || !(await takeTurn(session, table))) return 0;
  const expiring = session.own('expiring_guard');
  try {
    const found = await findExpiring(session, { table, key, topic, starts }, expiring);
    let expired = 0;
    for (let first = 1; first <= found; first += batchSize)
      expired += await deleteBatch(session, { table, key }, expiring, first);
    return expired;
  } finally {
    await session.run(`drop temporary table if exists ${expiring}`);
  }
}

/** The key columns of a guard table; none if there is no such table. */
async function readKey(session: Session, table: string): Promise<readonly string[]> {
  const columns = await session.rows<{ name: string }>(
    `select column_name as name from information_schema.columns where table_schema = ? and table_name = ?
     order by ordinal_position`,
    [session.bookkeeping, guardName(table)],
  );
  return columns.map(({ name }) => name).filter((name) => !name.startsWith('sluice_'));
}

/** Takes the turn of this hour: only one process expires the guard rows of a table. */
async function takeTurn(session: Session, table: string): Promise<boolean> {
  const { rows } = await session.run(
    `update ${session.own('target')} set expired_at = utc_timestamp(6) where table_name = ? and deletes = 'hard'
       and (expired_at is null or expired_at < utc_timestamp(6) - interval 1 hour)`,
    [table],
  );
  return rows > 0;
}

type Guarded = { readonly table: string; readonly key: readonly string[] };

/**
 * Writes the keys and positions of guard rows that may expire to a temporary table, numbered from 1, and returns their number. A
 * guard row without a partition is of a row that a repeated snapshot did not contain: all partitions must be past its offset.
 */
async function findExpiring(
  session: Session,
  { table, key, topic, starts }: Guarded & { readonly topic: string; readonly starts: readonly LogStart[] },
  expiring: string,
): Promise<number> {
  const deadLetters = session.own('dead_letter');
  // A dead letter without a key may be of any key.
  const [keyless] = await session.cells(`select 1 from ${deadLetters} where topic = ? and \`key\` is null limit 1`, [
    topic,
  ]);
  if (keyless) return 0;
  const lowest = starts.reduce((min, { low }) => (low < min ? low : min), starts[0]?.low ?? 0n);
  const gone = [
    ...starts.map(({ partition, low }) => `(g.sluice_partition = ${partition} and g.sluice_offset < ${low})`),
    `(g.sluice_partition is null and g.sluice_offset < ${lowest})`,
  ].join(' or ');
  const guard = guardTable(session, { name: table });
  const condition = `g.sluice_deleted and g.sluice_topic = ? and (${gone})
    and g.sluice_deleted_at < utc_timestamp(6) - interval ${youngest}`;
  const [any] = await session.cells(`select 1 from ${guard} g where ${condition} limit 1`, [topic]);
  if (!any) return 0;
  const newest = await newestLiving(session, guard);
  await session.run(`drop temporary table if exists ${expiring}`);
  await session.run(
    `create temporary table ${expiring} (sluice_number int not null auto_increment primary key, sluice_hash char(64) null,
       key (sluice_hash)) engine = InnoDB
     select ${listed(key, 'g')}, g.sluice_generation, g.sluice_major, g.sluice_minor, sha2(g.sluice_record_key, 256) as sluice_hash
     from ${guard} g where ${condition} ${newest === null ? '' : `and ${positionOf('g')} <= (${newest})`} limit ${passSize}`,
    [topic],
  );
  await session.run(
    `delete e from (select distinct sha2(\`key\`, 256) as hash from ${deadLetters} where topic = ?) d
     straight_join ${expiring} e on e.sluice_hash = d.hash`,
    [topic],
  );
  const [[last] = []] = await session.cells(`select max(sluice_number) from ${expiring}`);
  return Number(last ?? 0);
}

/**
 * About the newest position of existing rows. Guard rows above it stay: a delete with a position in the future would become a
 * horizon above all new events. Skips the highest 1%, at most 100 rows, in case an insert has such a position.
 */
async function newestLiving(session: Session, guard: string): Promise<string | null> {
  const [[count] = []] = await session.cells(`select count(*) from ${guard} where not sluice_deleted`);
  const skipped = Math.min(100, Math.floor(Number(count) / 100));
  const [row] = await session.cells(
    `select sluice_generation, sluice_major, sluice_minor from ${guard} where not sluice_deleted
     order by 1 desc, 2 desc, 3 desc limit 1 offset ${skipped}`,
  );
  return row ? row.map(String).join(', ') : null;
}

/**
 * Deletes the guard rows of a batch that are still as they were found, and raises the horizon to the highest of them. A table
 * ordered by offset gets no horizon: offsets of different partitions cannot be compared, and of the records below the low watermark
 * only dead letters can be read again.
 */
async function deleteBatch(
  session: Session,
  { table, key }: Guarded,
  expiring: string,
  first: number,
): Promise<number> {
  const guard = guardTable(session, { name: table });
  const same = `e.sluice_number between ${first} and ${first + batchSize - 1} and g.sluice_deleted
    and ${positionOf('g')} = ${positionOf('e')}`;
  const rows = `from ${expiring} e straight_join ${guard} g on ${sameKey(key, 'g', 'e')}`;
  return await inTransaction(session, async () => {
    // Writers share this lock, so none of them has read a horizon or a guard row that changes here.
    await lockAlone(session, { name: table });
    const [highest] = await session.cells(
      `select g.sluice_generation, g.sluice_major, g.sluice_minor ${rows} where ${same} order by 1 desc, 2 desc, 3 desc limit 1`,
    );
    if (highest === undefined) return 0;
    const [generation = null, major = null, minor = null] = highest;
    await session.run(
      `update ${session.own('target')} set horizon_generation = ?, horizon_major = ?, horizon_minor = ?
       where table_name = ? and order_by <> 'offset' and (horizon_generation is null
         or (horizon_generation, horizon_major, horizon_minor) < (${highest.join(', ')}))`,
      [generation, major, minor, table],
    );
    return (await session.run(`delete g ${rows} where ${same}`)).rows;
  });
}
