/** Tells before any work starts why the changes of a source cannot be followed, with what fixes it. */
import { precheck } from '../../engines/postgres/capture/source-check/precheck.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import type { PipelineError } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';

/** Why the server of a source cannot be captured by this user; its tables are not checked. */
export const serverFaultsOf = async (source: Database): Promise<readonly PipelineError[]> =>
  (await withConnection(source, 'precheck', (client) => precheck(client, () => false))).faults;

/** Warns of every fault. */
export function warnOfCapture(faults: readonly PipelineError[], logger: Logger): void {
  for (const { code, message, advice } of faults)
    logger.warn({ code }, `changes of the source cannot be followed: ${message}\n  ${advice}`);
}
