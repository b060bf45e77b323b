/** What `schema plan` and `schema apply` have in common: their endpoints, their options, and the plan. */
import { bySeverity, type Finding } from '../../engines/mysql/schema-plan/finding.ts';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { namesTable } from '../../schemas/table-pattern.ts';
import { type SchemaConfig, unknownColumns } from '../../services/schema/plan.ts';
import { isMysql } from '../../services/target.ts';
import { chooseSource, sourceDatabase } from '../connector/servers.ts';
import { UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';
import { noPolicies } from '../options/policy.ts';
import type { Context } from '../program/verb.ts';
import { describeChosenDatabase } from '../servers/servers.ts';
import { chooseAnyTarget, targetOptions } from '../servers/target-server.ts';

/** Options that both verbs have. */
export const planOptions = ['sourceUrl', ...targetOptions, 'tables', 'policy'] as const;

/** The help of `--tables`, which has another default elsewhere. */
export const tablesOverride = {
  default: '*.*',
  description: 'tables whose schema is carried, * matches any name; a partitioned table becomes one table',
} as const;

/** Reads the endpoints, and prints them. Throws UsageError for a target that is neither MySQL nor MariaDB. */
export function schemaConfig(values: Values<(typeof planOptions)[number]>, context: Context): SchemaConfig {
  const source = sourceDatabase(chooseSource(values), context);
  const target = chooseAnyTarget(values, context);
  if (!isMysql(target.database))
    throw new UsageError('--target-db: the schema is carried to MySQL and MariaDB, mysql://… or mariadb://…');
  context.printError(`source PostgreSQL ${describeDatabase(source)}`);
  context.printError(`target ${describeChosenDatabase(target)}`);
  const { policies, schemas } = values.policy ?? noPolicies;
  return { source, target: target.database, policies, schemas, includes: namesTable(values.tables) };
}

/** Throws UsageError for policies of columns that are not in the plan, and for a plan without tables. */
export function requireTables(config: SchemaConfig, plan: SchemaPlan): void {
  if (plan.tables.length === 0) throw new UsageError('--tables: the source has no such table');
  const [unknown] = unknownColumns(config.policies, plan);
  if (unknown !== undefined) throw new UsageError(`--policy: no planned table has the column ${unknown}`);
}

/** Findings as comments of SQL, the most severe first. */
export const findingLines = (findings: readonly Finding[]): readonly string[] =>
  bySeverity(findings).flatMap(({ severity, object, what, why, statement }) => [
    `-- ${severity}: ${object} ${what}`.replaceAll('\n', ' '),
    `--   ${why}`.replaceAll('\n', ' '),
    ...(statement === undefined ? [] : [`--   ${statement}`]),
  ]);

/** Whether a finding blocks the plan. */
export const isBlocked = ({ findings }: SchemaPlan): boolean => findings.some(({ severity }) => severity === 'block');
