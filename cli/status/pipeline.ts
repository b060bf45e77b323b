/**
 * Chooses the pipeline of a verb. A topic pattern or a target means the pipeline of `replicate`; its database then comes
 * from the options of `replicate`.
 */

import type { Bookkeeping } from '../../engines/bookkeeping.ts';
import { isMysqlEndpoint } from '../config/endpoint.ts';
import { replicationGroup, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { type ChosenTarget, chooseDatabase, enrichmentOptions, postgresOptions } from '../servers/servers.ts';
import { chooseAnyTarget, replicaOptions } from '../servers/target-server.ts';

/** The options that name the database of `run` or the target of `replicate`. */
export const databaseOptions = [...postgresOptions, ...replicaOptions] as const;

export const pipelineChoiceOptions = ['topics', 'groupId', ...databaseOptions] as const;

/** A pipeline and the database with its checkpoints. */
export type ChosenPipeline = {
  readonly groupId: string;
  readonly chosen: ChosenTarget;
  /** The database is the target of a replication, which has options of its own. */
  readonly isTarget: boolean;
  /** The options fit both `run` and `replicate`; `settlePipeline` decides by the checkpoints. */
  readonly isUndecided: boolean;
};

/** Chooses pipeline and database by the options. A flag that names a database overrides the environment. */
export function choosePipeline(
  values: Values<(typeof pipelineChoiceOptions)[number]>,
  context: Context,
): ChosenPipeline {
  const { origins } = context;
  const pattern = (origins.topics ?? 'default') !== 'default';
  const { chosen, isTarget } = chooseDatabaseOrTarget(values, context, pattern);
  const isDefault = origins.groupId === 'default';
  const replicates = pattern || isTarget;
  const groupId = replicates && isDefault ? replicationGroup : values.groupId;
  const isUndecided = isDefault && !replicates && (origins.target ?? 'default') !== 'default';
  return { groupId, chosen, isTarget, isUndecided };
}

/** Decides an open choice: the pipeline of `replicate` if only that one has checkpoints, else the pipeline of `run`. */
export async function settlePipeline<W extends ChosenPipeline>(
  bookkeeping: Pick<Bookkeeping, 'checkpoints'>,
  chosenPipeline: W,
): Promise<W> {
  if (!chosenPipeline.isUndecided) return chosenPipeline;
  const hasCheckpoints = async (pipeline: string) => (await bookkeeping.checkpoints(pipeline)).length > 0;
  const replicates = (await hasCheckpoints(replicationGroup)) && !(await hasCheckpoints(chosenPipeline.groupId));
  return replicates ? { ...chosenPipeline, groupId: replicationGroup, isTarget: true } : chosenPipeline;
}

/**
 * Chooses the target if its options are given, or if `replicates` and no other database is named; else that of `run`. MySQL and
 * MariaDB are always a target, because `run` does not write to them.
 */
export function chooseDatabaseOrTarget(
  values: Values<(typeof databaseOptions)[number]>,
  context: Context,
  replicates: boolean,
): Pick<ChosenPipeline, 'chosen' | 'isTarget'> {
  const { origins } = context;
  const isFlag = (names: readonly string[]) => names.some((name) => origins[name] === 'flag');
  const isSet = (names: readonly string[]) => names.some((name) => origins[name] !== 'default');
  const names = isSet(replicaOptions) ? replicaOptions : ['target'];
  const isNamed = isSet(names) ? isFlag(names) || !isFlag(enrichmentOptions) : !isSet(enrichmentOptions);
  const isTarget = isNamed && (isSet(replicaOptions) || replicates || namesMysql(values));
  return { chosen: isTarget ? chooseAnyTarget(values, context) : chooseDatabase(values, context), isTarget };
}

const namesMysql = ({ target }: Values<'target'>): boolean => target !== undefined && isMysqlEndpoint(target);
