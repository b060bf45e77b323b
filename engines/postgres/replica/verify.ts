/** Restores the constraints of a replica that has caught up, checks all of them, and reports what the replica lacks (rule 21). */

import type pg from 'pg';
import { addCounts, type RecordCounts, zeroCounts } from '../../../pipeline/batch.ts';
import { parseTableName } from '../../../schemas/table-name.ts';
import type { DeadLetterSummary, DeferredRows, HeldTable } from '../../bookkeeping.ts';
import { readCheckpoints } from '../checkpoint/checkpoints.ts';
import { readHeldTables } from '../checkpoint/held-tables.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { readDeadLetters } from '../dead-letters/dead-letter-summary.ts';
import { quotedTable } from '../identifiers.ts';
import { isReplica } from '../schema/replica-bookkeeping.ts';
import { checkConstraints, type Violation } from './constraints/check.ts';
import { restoreConstraints } from './constraints/restore.ts';
import { readDeferredRows } from './deferred-rows/deferred-rows.ts';

const namesQuery = `
  select distinct t.table_name as name from sluice.checkpoint p join sluice.target t on t.topic = p.topic
  where p.pipeline = $1 and ${isReplica('t')}`;

const presentQuery = `
  select name from unnest($1::text[]) as name join pg_class c on c.oid = to_regclass(name)::oid
  where c.relkind in ('r', 'p') order by 1`;

/** The tables that a pipeline has written and that still exist, as SQL names them. */
export async function replicatedTables(client: pg.Client, pipeline: string): Promise<readonly string[]> {
  const names = async (query: string, value: unknown) =>
    (await client.query<{ name: string }>(query, [value])).rows.map(({ name }) => name);
  const tables = (await names(namesQuery, pipeline)).flatMap((name) => parseTableName(name) ?? []);
  return await names(presentQuery, tables.map(quotedTable));
}

/** Milliseconds for one statement: it may read every row of a table. */
const statementLimitMs = 3_600_000;

/** What a replica lacks, and what was checked. */
export type Verified = {
  readonly broken: readonly Violation[];
  readonly deferred: readonly DeferredRows[];
  /** Tables that are held until they are altered. */
  readonly waiting: readonly HeldTable[];
  /** Parked records of all runs. Their rows differ from those of the source. */
  readonly parked: DeadLetterSummary;
  /** Tables of the pipeline that the target has. */
  readonly tables: number;
  /** How many foreign keys and deferrable constraints were checked. The server checks all others as rows are written. */
  readonly checked: number;
  /** Counts of all records that the pipeline ever read. */
  readonly counts: RecordCounts;
};

/** Finds the constraints that rows of the pipeline's tables violate, deferred rows and held tables. The pipeline must not run. */
export const verifyReplica = (database: Database, pipeline: string): Promise<Verified> => {
  const timeouts = { ...database.timeouts, statement: statementLimitMs, answer: statementLimitMs + 10_000 };
  return withConnection({ ...database, timeouts }, `${pipeline}/verify`, async (client) => {
    const violated = await restoreConstraints(client, pipeline);
    const present = await replicatedTables(client, pipeline);
    let checked = 0;
    const broken = await checkConstraints(client, present, { onChecked: () => (checked += 1) });
    const checkpoints = await readCheckpoints(client, pipeline);
    return {
      broken: [...violated, ...broken],
      deferred: await readDeferredRows(client, pipeline),
      waiting: await readHeldTables(client, pipeline),
      parked: await readDeadLetters(client, pipeline),
      tables: present.length,
      checked,
      counts: checkpoints.reduce((sum, one) => addCounts(sum, one.counts), zeroCounts),
    };
  });
};
