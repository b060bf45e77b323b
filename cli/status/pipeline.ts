/**
 * Whose status is asked for. Who names topics by a pattern, or a target, means what `replicate` does: then its options
 * say where, as they do there.
 */

import type pg from 'pg';
import { replicationGroup, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { type ChosenDatabase, chooseDatabase, enrichmentOptions, postgresOptions } from '../servers/servers.ts';
import { chooseTarget, replicaOptions } from '../servers/target-server.ts';

/** The options that name a database, be it that of the enrichment or a target. */
export const databaseOptions = [...postgresOptions, ...replicaOptions] as const;

export const whoseOptions = ['topics', 'groupId', ...databaseOptions] as const;

/** The pipeline and the database that its checkpoints are in. */
export type Whose = {
  readonly groupId: string;
  readonly chosen: ChosenDatabase;
  /** It is the target of a replication, which other commands choose by options of their own. */
  readonly isTarget: boolean;
  /** Nothing said whether the pipeline of `run` or that of `replicate` is meant: `settlePipeline` looks. */
  readonly isOpen: boolean;
};

/** A flag that names a database goes before everything from the environment. */
export function choosePipeline(values: Values<(typeof whoseOptions)[number]>, context: Context): Whose {
  const { origins } = context;
  const pattern = (origins.topics ?? 'default') !== 'default';
  const { chosen, isTarget } = chooseDatabaseOrTarget(values, context, pattern);
  const isDefault = origins.groupId === 'default';
  const replicates = pattern || isTarget;
  const groupId = replicates && isDefault ? replicationGroup : values.groupId;
  const isOpen = isDefault && !replicates && (origins.target ?? 'default') !== 'default';
  return { groupId, chosen, isTarget, isOpen };
}

/** Where only a database is named, its checkpoints say whether it has the pipeline of `run` or nothing but that of `replicate`. */
export async function settlePipeline<W extends Whose>(client: pg.Client, whose: W): Promise<W> {
  if (!whose.isOpen) return whose;
  const { rows: found } = await client.query(`select to_regclass('sluice.checkpoint') is not null as there`);
  if (!found[0]?.there) return whose;
  const { rows } = await client.query<{ pipeline: string }>(
    'select distinct pipeline from sluice.checkpoint where pipeline = any ($1)',
    [[whose.groupId, replicationGroup]],
  );
  const replicates = rows.length === 1 && rows[0]?.pipeline === replicationGroup;
  return replicates ? { ...whose, groupId: replicationGroup, isTarget: true } : whose;
}

/** The database, or the target where its options are given, or where `replicates` and nothing names another. */
export function chooseDatabaseOrTarget(
  values: Values<(typeof databaseOptions)[number]>,
  context: Context,
  replicates: boolean,
): Pick<Whose, 'chosen' | 'isTarget'> {
  const { origins } = context;
  const flags = (names: readonly string[]) => names.some((name) => origins[name] === 'flag');
  const said = (names: readonly string[]) => names.some((name) => origins[name] !== 'default');
  const names = said(replicaOptions) ? replicaOptions : ['target'];
  const isNamed = said(names) ? flags(names) || !flags(enrichmentOptions) : !said(enrichmentOptions);
  const isTarget = isNamed && (said(replicaOptions) || replicates);
  return { chosen: isTarget ? chooseTarget(values, context) : chooseDatabase(values, context), isTarget };
}
