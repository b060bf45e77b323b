/** Reads the stored progress of pipelines in MySQL and MariaDB. */
import type { Bookkeeping, Checkpoint, DeadLetterSummary, HeldTable } from '../bookkeeping.ts';
import type { MysqlDatabase } from './connection/database.ts';
import { openSession } from './connection/open-session.ts';
import type { Session } from './connection/session.ts';

/** Opens a session for reading. */
export async function openBookkeeping(database: MysqlDatabase, name: string): Promise<Bookkeeping> {
  const session = await openSession(database, name);
  return {
    now: async () =>
      timeOf((await session.cells('select utc_timestamp(6)'))[0]?.[0]?.toString() ?? null) ?? new Date(0),
    checkpoints: (pipeline) => readCheckpoints(session, pipeline),
    heldTables: (pipeline) => readHeldTables(session, pipeline),
    deadLetters: (pipeline) => readDeadLetters(session, pipeline),
    close: () => session.end(),
  };
}

/** A DATETIME in UTC. */
const timeOf = (text: string | null): Date | null => (text === null ? null : new Date(`${text.replace(' ', 'T')}Z`));

async function readCheckpoints(session: Session, pipeline: string): Promise<readonly Checkpoint[]> {
  const there = await session.cells(
    `select 1 from information_schema.tables where table_schema = ? and table_name = 'checkpoint'`,
    [session.bookkeeping],
  );
  if (there.length === 0) return [];
  const rows = await session.rows<{ readonly [column: string]: string | null }>(
    `select topic, \`partition\`, next_offset, cluster_id, \`read\`, applied, superseded, filtered, parked, superseded_share,
       last_timestamp, committed_at, source_committed_at, timestampdiff(microsecond, committed_at, utc_timestamp(6)) as age
     from ${session.own('checkpoint')} where pipeline = ? order by topic, \`partition\``,
    [pipeline],
  );
  const numberOf = (text: string | null | undefined): number => Number(text ?? 0);
  return rows.map((row) => ({
    topic: row.topic ?? '',
    partition: numberOf(row.partition),
    nextOffset: BigInt(row.next_offset ?? 0),
    clusterId: row.cluster_id ?? null,
    counts: {
      read: numberOf(row.read),
      applied: numberOf(row.applied),
      superseded: numberOf(row.superseded),
      filtered: numberOf(row.filtered),
      parked: numberOf(row.parked),
    },
    supersededShare: numberOf(row.superseded_share),
    lastTimestamp: timeOf(row.last_timestamp ?? null),
    committedAt: timeOf(row.committed_at ?? null),
    sourceCommittedAt: timeOf(row.source_committed_at ?? null),
    commitAge: row.age === null || row.age === undefined ? null : Number(row.age) / 1e6,
  }));
}

async function readHeldTables(session: Session, pipeline: string): Promise<readonly HeldTable[]> {
  const rows = await session.rows<{ readonly [column: string]: string | null }>(
    `select topic, \`partition\`, table_name, since, tried_at, reason, statements
     from ${session.own('held_table')} where pipeline = ? order by table_name, topic, \`partition\``,
    [pipeline],
  );
  return rows.map((row) => ({
    topic: row.topic ?? '',
    partition: Number(row.partition),
    table: row.table_name ?? '',
    since: timeOf(row.since ?? null) ?? new Date(0),
    triedAt: timeOf(row.tried_at ?? null) ?? new Date(0),
    reason: row.reason ?? '',
    statements: row.statements ?? '',
  }));
}

/** The largest number of dead letters to count. */
const maxCounted = 100_000;

/** The most frequent reasons that are named. */
const maxReasons = 20;

async function readDeadLetters(session: Session, pipeline: string): Promise<DeadLetterSummary> {
  const letters = `(select * from ${session.own('dead_letter')} where pipeline = ? limit ${maxCounted}) letter`;
  const record = `sha2(concat_ws('/', hex(\`key\`), hex(value)), 256)`;
  const counts = `count(*) as letters, count(distinct ${record}) as records`;
  const [total] = await session.rows<{ letters: string; records: string }>(`select ${counts} from ${letters}`, [
    pipeline,
  ]);
  const reasons = await session.rows<{
    code: string;
    field: string | null;
    letters: string;
    records: string;
    example: string;
  }>(
    `select code, field, ${counts}, min(reason) as example from ${letters} group by code, field
     order by letters desc, code, field limit ${maxReasons}`,
    [pipeline],
  );
  const found = Number(total?.letters ?? 0);
  return {
    records: Number(total?.records ?? 0),
    letters: found,
    more: found >= maxCounted,
    reasons: reasons.map((one) => ({ ...one, letters: Number(one.letters), records: Number(one.records) })),
  };
}
