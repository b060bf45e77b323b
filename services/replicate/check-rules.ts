/** Checks the rules against the existing tables, before anything is written. */
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { messageOf, type PipelineError } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { type KnownTables, ruleFaults } from '../../pipeline/transform/check-rules.ts';
import type { TransformConfig } from '../../pipeline/transform/config.ts';
import { knownTables } from './known-tables.ts';
import { planOf, type TablePlan } from './plan.ts';

/** Where the names of the tables come from. */
export type TablesFrom = {
  readonly topics: readonly string[];
  readonly pattern: RegExp;
  readonly source: Database | undefined;
};

/** Logs all faults and throws the first one. It ends with exit code 1 instead of 2, because the rules file itself is valid. */
export function requireFittingRules(rules: TransformConfig, known: KnownTables, logger: Logger): void {
  const faults: readonly PipelineError[] = ruleFaults(rules, known);
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length > 1) for (const fault of faults) logger.error({ code: fault.code }, messageOf(fault));
  throw first;
}

/** Reads the tables and throws if a rule does not match them. */
export async function checkRules(rules: TransformConfig, from: TablesFrom, logger: Logger): Promise<void> {
  requireFittingRules(rules, await knownTables(from.topics, from.pattern, from.source), logger);
}

/** The plan of each table, and the check of the rules. */
export type RulesCheck = {
  readonly plan: readonly TablePlan[];
  /** Throws as `checkRules` does. */
  readonly requireFitting: () => void;
};

/** Returns the plan of each table. Writes nothing. */
export async function planRules(rules: TransformConfig, from: TablesFrom, logger: Logger): Promise<RulesCheck> {
  const known = await knownTables(from.topics, from.pattern, from.source);
  return { plan: planOf(rules, known), requireFitting: () => requireFittingRules(rules, known, logger) };
}
