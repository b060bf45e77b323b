/** Proves foreign keys by an anti-join, and keeps the proofs. */
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import type { ForeignKeyPlan, TablePlan } from '../schema-plan/schema-plan.ts';

/** What an anti-join has found. */
export type Proof = {
  /** Rows whose key has no NULL, so that they need a parent. */
  readonly rows: number;
  readonly orphans: number;
  /** Keys without a parent, at most ten. */
  readonly values: readonly (readonly string[])[];
  readonly durationMs: number;
};

/** Rows without a parent, of one foreign key. */
export type Orphans = {
  readonly object: string;
  readonly rows: number;
  readonly columns: readonly string[];
  readonly values: readonly (readonly string[])[];
};

/** Most orphans that a message names. */
const namedOrphans = 10;

/** Joins every row with its parent. Keys that several rows may share are joined once. */
export async function proveForeignKey(
  session: Session,
  table: TablePlan,
  { columns, references }: ForeignKeyPlan,
): Promise<Proof> {
  const startMs = performance.now();
  const child = `${quoted(table.database)}.${quoted(table.name)}`;
  const parent = `${quoted(references.database)}.${quoted(references.table)}`;
  const keys = columns.map(quoted);
  const needsParent = keys.map((key) => `${key} is not null`).join(' and ');
  const isUnique = table.primaryKey.length > 0 && table.primaryKey.every((column) => columns.includes(column));
  const rows = isUnique
    ? `select ${keys.join(', ')}, 1 as sluice_rows from ${child} where ${needsParent}`
    : `select ${keys.join(', ')}, count(*) as sluice_rows from ${child} where ${needsParent} group by ${keys.join(', ')}`;
  const pairs = keys.map((key, index) => `p.${quoted(references.columns[index] ?? '')} = c.${key}`);
  const isOrphan = `p.${quoted(references.columns[0] ?? '')} is null`;
  const joined = `from (${rows}) c left join ${parent} p on ${pairs.join(' and ')}`;
  const [counts = []] = await session.cells(
    `select coalesce(sum(c.sluice_rows), 0), coalesce(sum(if(${isOrphan}, c.sluice_rows, 0)), 0) ${joined}`,
  );
  const [needing = 0, orphans = 0] = counts.map(Number);
  const named = keys.map((key) => `c.${key}`).join(', ');
  const values =
    orphans === 0 ? [] : await session.cells(`select ${named} ${joined} where ${isOrphan} limit ${namedOrphans}`);
  const durationMs = Math.round(performance.now() - startMs);
  return { rows: needing, orphans, values: values.map((row) => row.map(String)), durationMs };
}

const proofTable = (session: Session): string => session.own('foreign_key_proof');

/** Makes the table of proofs if it is missing. */
export async function makeProofTable(session: Session): Promise<void> {
  await session.run(`create database if not exists ${quoted(session.bookkeeping)} character set utf8mb4`);
  await session.run(
    `create table if not exists ${proofTable(session)} (
       database_name varchar(64) not null,
       table_name varchar(64) not null,
       constraint_name varchar(64) not null,
       parent varchar(130) not null comment 'database and table that the key refers to',
       row_count bigint not null comment 'rows that need a parent',
       orphan_count bigint not null comment 'rows without one; the key stays only with 0; ${notYet} until that is known',
       duration_ms bigint not null,
       proven_at datetime(6) not null comment 'in UTC',
       primary key (database_name, table_name, constraint_name)
     ) engine=InnoDB default character set utf8mb4 collate utf8mb4_bin`,
  );
}

/** The number of orphans of a key that is about to be added, and not proven yet. */
const notYet = -1;

/** Notes that a key is about to be added, so that a later run proves it if this one is interrupted. */
export const beginProof = (session: Session, table: TablePlan, key: ForeignKeyPlan): Promise<void> =>
  keepProof(session, table, key, { rows: 0, orphans: notYet, values: [], durationMs: 0 });

/** Whether a run has added this key and was interrupted before its proof. */
export async function isUnproven(
  session: Session,
  { database, name }: TablePlan,
  { name: key }: ForeignKeyPlan,
): Promise<boolean> {
  const found = await session.cells(
    `select 1 from ${proofTable(session)}
     where database_name = ? and table_name = ? and constraint_name = ? and orphan_count = ${notYet}`,
    [database, name, key],
  );
  return found.length > 0;
}

/** Keeps a proof in place of an earlier one of the same key. */
export async function keepProof(
  session: Session,
  { database, name }: TablePlan,
  { name: key, references }: ForeignKeyPlan,
  { rows, orphans, durationMs }: Proof,
): Promise<void> {
  await session.run(
    `replace into ${proofTable(session)} (database_name, table_name, constraint_name, parent, row_count, orphan_count, duration_ms, proven_at)
     values (?, ?, ?, ?, ?, ?, ?, utc_timestamp(6))`,
    [database, name, key, `${references.database}.${references.table}`, rows, orphans, durationMs],
  );
}
