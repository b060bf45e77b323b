/**
 * Chooses the pipeline of a verb. A topic pattern or a target means the pipeline of `replicate`; its database then comes
 * from the options of `replicate`.
 */

import type pg from 'pg';
import { replicationGroup, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { type ChosenDatabase, chooseDatabase, enrichmentOptions, postgresOptions } from '../servers/servers.ts';
import { chooseTarget, replicaOptions } from '../servers/target-server.ts';

/** The options that name the database of `run` or the target of `replicate`. */
export const databaseOptions = [...postgresOptions, ...replicaOptions] as const;

export const pipelineChoiceOptions = ['topics', 'groupId', ...databaseOptions] as const;

/** A pipeline and the database with its checkpoints. */
export type ChosenPipeline = {
  readonly groupId: string;
  readonly chosen: ChosenDatabase;
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
export async function settlePipeline<W extends ChosenPipeline>(client: pg.Client, chosenPipeline: W): Promise<W> {
  if (!chosenPipeline.isUndecided) return chosenPipeline;
  const { rows: found } = await client.query(`select to_regclass('sluice.checkpoint') is not null as there`);
  if (!found[0]?.there) return chosenPipeline;
  const { rows } = await client.query<{ pipeline: string }>(
    'select distinct pipeline from sluice.checkpoint where pipeline = any ($1)',
    [[chosenPipeline.groupId, replicationGroup]],
  );
  const replicates = rows.length === 1 && rows[0]?.pipeline === replicationGroup;
  return replicates ? { ...chosenPipeline, groupId: replicationGroup, isTarget: true } : chosenPipeline;
}

/** Chooses the target if its options are given, or if `replicates` and no other database is named; else that of `run`. */
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
  const isTarget = isNamed && (isSet(replicaOptions) || replicates);
  return { chosen: isTarget ? chooseTarget(values, context) : chooseDatabase(values, context), isTarget };
}
