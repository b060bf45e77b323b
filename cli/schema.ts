/** `sluice schema`: carries a schema to MySQL or MariaDB, and shows or applies the migrations of Sluice's own tables. */
import type pg from 'pg';
import { reachDatabase } from '../engines/postgres/connection/reach.ts';
import { migrate as migrateDatabase } from '../engines/postgres/schema/migrate.ts';
import {
  type Applied,
  missingMigrations,
  olderSchema,
  presentParts,
  readApplied,
  refuseApplied,
  schemaDifferences,
  schemaVersion,
  unreleasedSchema,
} from '../engines/postgres/schema/schema-state.ts';
import { migrations, type SchemaPart } from '../schemas/migrations.ts';
import type { Values } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { table } from './output/table.ts';
import { type Context, verb } from './program/verb.ts';
import { apply } from './schema/apply.ts';
import { plan } from './schema/plan.ts';
import { chooseDatabase, describeChosenDatabase, enrichmentOptions } from './servers/servers.ts';
import { chooseTarget, replicaOptions } from './servers/target-server.ts';
import { databaseOptions } from './status/pipeline.ts';

const names = databaseOptions;

const status = verb({
  name: 'status',
  summary: 'show which migrations a database has; exit 1 when it is not up to date',
  options: names,
  examples: ['npx sluice schema status', 'npx sluice schema status --target-db postgresql://me@new/targetdb'],
  run: (values, context) =>
    onDatabase(values, context, async (client, parts) => {
      const applied = (await readApplied(client)) ?? [];
      const pending = missingMigrations(applied, partsOf(applied, parts));
      const rows = [
        ...applied.map((one) => [one.version, one.name, stateOf(one)]),
        ...pending.map(({ version, name }) => [version, name, 'pending']),
      ];
      for (const line of table(['version', 'name', 'state'], rows)) context.print(line);
      if (applied.length === 0)
        context.printError('the database has no schema yet: `npx sluice schema migrate` creates it');
      const refusal = applied.length === 0 ? undefined : await refusalOf(client, applied);
      if (refusal) {
        context.printError(refusal.message);
        context.printError(`  ${refusal.advice}`);
      }
      return refusal === undefined && pending.length === 0 ? exitCodes.done : exitCodes.failure;
    }),
});

/** Returns why `schema migrate` would refuse the schema, else which migrations it would apply; undefined if it is current. */
const refusalOf = async (client: pg.Client, applied: readonly Applied[]) =>
  refuseApplied(applied) ?? unreleasedSchema(applied, await schemaDifferences(client, applied)) ?? olderSchema(applied);

function stateOf({ version, checksum }: Applied): string {
  const migration = migrations()[version - 1];
  if (!migration) return 'unknown to this Sluice';
  if (checksum === null) return 'applied, not checked';
  return checksum === migration.checksum ? 'applied' : 'applied with another content';
}

const migrate = verb({
  name: 'migrate',
  summary: 'bring the schema of a database up to date, as the next run or replicate would',
  options: names,
  examples: ['npx sluice schema migrate', 'npx sluice schema migrate --target-db postgresql://me@new/targetdb'],
  run: (values, context) =>
    onDatabase(values, context, async (client, parts) => {
      const applied = await migrateDatabase(client, partsOf((await readApplied(client)) ?? [], parts));
      for (const version of applied) context.print(`applied ${version} ${migrations()[version - 1]?.name}`);
      context.print(`schema version ${schemaVersion((await readApplied(client)) ?? [])}, the newest`);
      return exitCodes.done;
    }),
});

export const schema = {
  name: 'schema',
  summary: 'carry a schema to MySQL or MariaDB; show or upgrade the tables of Sluice',
  verbs: [plan, apply, status, migrate],
};

/** Returns the usual parts for an empty database, else the parts that the schema already has. */
const partsOf = (applied: readonly Applied[], usual: readonly SchemaPart[]): readonly SchemaPart[] =>
  applied.length === 0 ? usual : presentParts(applied);

/** Connects to the database of `run`, or to that of `replicate` if an option or variable names a target. */
async function onDatabase<T>(
  values: Values<(typeof names)[number]>,
  context: Context,
  work: (client: pg.Client, parts: readonly SchemaPart[]) => Promise<T>,
): Promise<T> {
  const isSetBy = (options: readonly string[], origin: string) =>
    options.some((name) => context.origins[name] === origin);
  const flag = isSetBy(enrichmentOptions, 'flag');
  const isReplica = isSetBy(replicaOptions, 'flag') || (isSetBy(replicaOptions, 'environment') && !flag);
  // If variables of the enrichment are set too, TARGET_DB_URL means the database of the enrichment.
  const isNamed =
    isSetBy(['target'], 'flag') || (isSetBy(['target'], 'environment') && !isSetBy(enrichmentOptions, 'environment'));
  const isTarget = isReplica || (isNamed && !flag);
  const chosen = isTarget ? chooseTarget(values, context) : chooseDatabase(values, context);
  context.printError(describeChosenDatabase(chosen));
  const client = await reachDatabase(chosen.database, 'schema', context.printError);
  return work(client, isTarget ? ['sluice'] : ['sluice', 'users']).finally(() => client.end());
}
