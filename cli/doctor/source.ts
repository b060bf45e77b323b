/** Checks the source of a replication: whether it answers, and whether its changes can be captured. */
import { precheck } from '../../engines/postgres/capture/source-check/precheck.ts';
import { type Database, describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { loginAdvice } from '../../engines/postgres/connection/login-advice.ts';
import { openSession } from '../../engines/postgres/connection/open-session.ts';
import { messageOf, type PipelineError } from '../../pipeline/errors.ts';
import { diagnose } from '../../services/diagnose.ts';
import { type Finding, fault, ok } from './finding.ts';

/** Time limit of the connection and of each query. */
const timeoutMs = 3_000;

/** The findings. It changes nothing. */
export async function checkSource(database: Database): Promise<readonly Finding[]> {
  const where = `source PostgreSQL ${describeDatabase(database)}`;
  const started = Date.now();
  try {
    const client = await openSession(database, {
      name: 'sluice/doctor',
      limits: { connect: timeoutMs, answer: timeoutMs },
    });
    try {
      const { version, tables, faults } = await precheck(client, () => true);
      const answers = `${where} answers in ${Date.now() - started} ms, version ${Math.floor(version / 10_000)}`;
      const found = faults.map(({ code, message, advice }: PipelineError) =>
        fault('source', `${message} [${code}]`, advice),
      );
      const count = tables === 1 ? '1 table' : `${tables} tables`;
      const capturable = ok('source', `wal_level = logical, the user may replicate, ${count} with a replica identity`);
      return [ok('source', answers), ...(found.length === 0 ? [capturable] : found)];
    } finally {
      await hangUp(client);
    }
  } catch (error) {
    const advice = loginAdvice(database, diagnose(error));
    return [fault('source', `${where} does not answer: ${messageOf(error)}`, advice || 'check --source-db')];
  }
}
