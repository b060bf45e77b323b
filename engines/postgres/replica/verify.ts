/** What is done with the constraints of a replica that has caught up: those taken off come back, all are checked (rule 21). */
import type pg from 'pg';
import { addCounts, type RecordCounts, zeroCounts } from '../../../pipeline/batch.ts';
import { parseTableName } from '../../../schemas/table-name.ts';
import { readCheckpoints } from '../checkpoint/checkpoints.ts';
import { type HeldTable, readHeldTables } from '../checkpoint/held-tables.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { type DeadLetterSummary, readDeadLetters } from '../dead-letters/dead-letter-summary.ts';
import { quotedTable } from '../identifiers.ts';
import { isReplica } from '../schema/replica-bookkeeping.ts';
import { putBack } from './constraints-back.ts';
import { checkConstraints, type Violation } from './constraints-check.ts';
import { type Held, readHeld } from './held-rows.ts';

const replicated = `
  select distinct t.table_name as name from sluice.checkpoint p join sluice.target t on t.topic = p.topic
  where p.pipeline = $1 and ${isReplica('t')}`;

const there = `
  select name from unnest($1::text[]) as name join pg_class c on c.oid = to_regclass(name)::oid
  where c.relkind in ('r', 'p') order by 1`;

/** The tables that a pipeline has written and that are still there, as SQL names them. */
export async function replicatedTables(client: pg.Client, pipeline: string): Promise<readonly string[]> {
  const names = async (query: string, value: unknown) =>
    (await client.query<{ name: string }>(query, [value])).rows.map(({ name }) => name);
  const tables = (await names(replicated, pipeline)).flatMap((name) => parseTableName(name) ?? []);
  return await names(there, tables.map(quotedTable));
}

/** Milliseconds that one statement may take: every row of a table is read. */
const statementLimit = 3_600_000;

/** What of a replica is not as it should be. */
export type Verified = {
  readonly broken: readonly Violation[];
  readonly held: readonly Held[];
  /** Tables that wait until they are altered. */
  readonly waiting: readonly HeldTable[];
  /** Records that were parked, in whichever run: their rows are not those of the source. */
  readonly parked: DeadLetterSummary;
  /** Tables of the pipeline that the target has. */
  readonly tables: number;
  /** Foreign keys and deferrable unique constraints that were checked; the server has checked the others as rows were written. */
  readonly checked: number;
  /** What has become of all records that the pipeline ever read. */
  readonly counts: RecordCounts;
};

/**
 * Every constraint that rows of the pipeline's tables break, and rows that are still held back. The pipeline has to be at
 * rest.
 */
export const verifyReplica = (database: Database, pipeline: string): Promise<Verified> => {
  const timeouts = { ...database.timeouts, statement: statementLimit, answer: statementLimit + 10_000 };
  return withConnection({ ...database, timeouts }, `${pipeline}/verify`, async (client) => {
    const stillOff = await putBack(client, pipeline);
    const present = await replicatedTables(client, pipeline);
    let checked = 0;
    const broken = await checkConstraints(client, present, { onChecked: () => (checked += 1) });
    const checkpoints = await readCheckpoints(client, pipeline);
    return {
      broken: [...stillOff, ...broken],
      held: await readHeld(client, pipeline),
      waiting: await readHeldTables(client, pipeline),
      parked: await readDeadLetters(client, pipeline),
      tables: present.length,
      checked,
      counts: checkpoints.reduce((sum, one) => addCounts(sum, one.counts), zeroCounts),
    };
  });
};
