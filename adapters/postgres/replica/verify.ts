/** What is done with the constraints of a replica that has caught up: those taken off come back, all are checked (rule 21). */
import { type Database, withConnection } from '../connection.ts';
import { putBack } from './constraints-back.ts';
import { checkConstraints, type Violation } from './constraints-check.ts';
import { type Held, readHeld } from './held-rows.ts';

const replicated = `
  select distinct format('%I.%I', n.nspname, c.relname) as name
  from sluice.checkpoint p join sluice.target t on t.topic = p.topic and t.order_by in ('lsn', 'offset') and t.table_name like '%.%'
  join pg_class c on true join pg_namespace n on n.oid = c.relnamespace and t.table_name = n.nspname || '.' || c.relname
  where p.pipeline = $1 and c.relkind in ('r', 'p') order by 1`;

/** Milliseconds that one statement may take: every row of a table is read. */
const statementLimit = 3_600_000;

/** What of a replica is not as it should be. */
export type Verified = { readonly broken: readonly Violation[]; readonly held: readonly Held[] };

/**
 * Every constraint that rows of the pipeline's tables break, and rows that are still held back. The pipeline has to be at
 * rest.
 */
export const verifyReplica = (database: Database, pipeline: string): Promise<Verified> => {
  const timeouts = { ...database.timeouts, statement: statementLimit, answer: statementLimit + 10_000 };
  return withConnection({ ...database, timeouts }, `${pipeline}/verify`, async (client) => {
    const stillOff = await putBack(client, pipeline);
    const { rows } = await client.query<{ name: string }>(replicated, [pipeline]);
    const broken = await checkConstraints(
      client,
      rows.map(({ name }) => name),
    );
    return { broken: [...stillOff, ...broken], held: await readHeld(client, pipeline) };
  });
};
