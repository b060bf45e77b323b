/**
 * Whose status is asked for. Who names topics by a pattern, or a target, means what `replicate` does: then its options
 * say where, as they do there.
 */

import { replicationGroup, type Values } from '../options.ts';
import { type ChosenDatabase, chooseDatabase, postgresOptions } from '../servers.ts';
import { chooseTarget, targetOptions } from '../target-server.ts';
import type { Context } from '../verb.ts';

/** The options that name a database, be it that of the enrichment or a target. */
export const databaseOptions = [...postgresOptions, ...targetOptions] as const;

export const whoseOptions = ['topics', 'groupId', ...databaseOptions] as const;

/** The pipeline and the database that its checkpoints are in. */
export type Whose = {
  readonly groupId: string;
  readonly chosen: ChosenDatabase;
  /** It is the target of a replication, which other commands choose by options of their own. */
  readonly isTarget: boolean;
};

/** A flag that names a database goes before everything from the environment. */
export function choosePipeline(values: Values<(typeof whoseOptions)[number]>, context: Context): Whose {
  const { origins } = context;
  const pattern = (origins.topics ?? 'default') !== 'default';
  const { chosen, isTarget } = chooseDatabaseOrTarget(values, context, pattern);
  const groupId = (pattern || isTarget) && origins.groupId === 'default' ? replicationGroup : values.groupId;
  return { groupId, chosen, isTarget };
}

/** The database, or the target where its options are given, or where `replicates` and nothing names another. */
export function chooseDatabaseOrTarget(
  values: Values<(typeof databaseOptions)[number]>,
  context: Context,
  replicates: boolean,
): Omit<Whose, 'groupId'> {
  const { origins } = context;
  const flags = (names: readonly string[]) => names.some((name) => origins[name] === 'flag');
  const said = (names: readonly string[]) => names.some((name) => origins[name] !== 'default');
  const isTarget = said(targetOptions)
    ? flags(targetOptions) || !flags(postgresOptions)
    : replicates && !said(postgresOptions);
  return { chosen: isTarget ? chooseTarget(values, context) : chooseDatabase(values, context), isTarget };
}
