/** What happens to the tables of a load before its first chunk and after its last one. */
import type pg from 'pg';
import type { Logger } from '../../../pipeline/ports.ts';
import type { BrokenConstraint } from '../../load.ts';
import type { TableDefinition } from '../../types/table.ts';
import { copyTables, withRelatives } from '../catalogue/copy.ts';
import { readTables } from '../catalogue/read.ts';
import { type Database, withConnection } from '../connection/connection.ts';
import { checkConstraints } from '../replica/constraints/check.ts';
import { disableConstraints } from '../replica/constraints/disable.ts';
import { warnOfFiringTriggers } from '../replica/constraints/replica-session.ts';
import { restoreConstraints } from '../replica/constraints/restore.ts';
import { setSequences } from '../replica/sequences/sequences.ts';

/** Owner of the constraints that a load has disabled, beside the pipelines in `sluice.constraint`. */
const owner = 'load';

/** Creates the tables that the target lacks, with their partitions and parents, as the source defines them. */
export const copyMissing = (
  source: Database,
  target: pg.Client,
  tables: readonly TableDefinition[],
): Promise<readonly string[]> =>
  withConnection(source, 'sluice-load/catalogue', async (client) => {
    const all = await readTables(client);
    const names = new Set(tables.map(({ schema, name }) => JSON.stringify([schema, name])));
    const wanted = all.filter(({ schema, name }) => names.has(JSON.stringify([schema, name])));
    return await copyTables(client, target, withRelatives(wanted, all));
  });

/**
 * Disables foreign keys and triggers of the tables, given as qualified names, where the sessions of the load do not skip them.
 * `sluice.constraint` has them until the load is complete. Warns of triggers that fire in spite of that.
 */
export async function beginTables(
  client: pg.Client,
  tables: readonly string[],
  { isReplica, logger }: { readonly isReplica: boolean; readonly logger: Logger },
): Promise<void> {
  if (!isReplica) {
    const disabled = await disableConstraints(client, owner, tables);
    if (disabled.length > 0)
      logger.info({ disabled }, `disabled ${disabled.length} foreign keys and triggers until the load is complete`);
  }
  for (const table of tables) await warnOfFiringTriggers(client, table, logger);
}

/**
 * Restores what was disabled, checks the constraints that the server has not checked, and sets the sequences to the values of
 * the source. Returns the constraints that do not hold.
 */
export async function finishTables(
  client: pg.Client,
  tables: readonly string[],
  { source, logger }: { readonly source: Database | undefined; readonly logger: Logger },
): Promise<readonly BrokenConstraint[]> {
  const broken = [...(await restoreConstraints(client, owner)), ...(await checkConstraints(client, tables))];
  if (source !== undefined)
    await withConnection(source, 'sluice-load/sequences', async (described) => {
      const { set, left } = await setSequences(described, client, tables);
      if (set > 0) logger.info({ set }, `set ${set} sequences to the values of the source`);
      for (const { sequence, why, statement } of left)
        logger.warn({ sequence, statement }, `a sequence of the target is not set: ${why}`);
    });
  return broken;
}
