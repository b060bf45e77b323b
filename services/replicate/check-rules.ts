/** Holds the rules against the tables there are, before anything is written. */
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { messageOf, type PipelineError } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { type KnownTables, ruleFaults } from '../../pipeline/transform/check-rules.ts';
import type { TransformConfig } from '../../pipeline/transform/config.ts';
import { knownTables } from './known-tables.ts';
import { planOf, type TablePlan } from './plan.ts';

/** Where the tables are known from. */
export type TablesFrom = {
  readonly topics: readonly string[];
  readonly pattern: RegExp;
  readonly source: Database | undefined;
};

/** Throws the first thing that does not fit, once every one is logged. Exit code 1: the file itself is as it should be. */
export function requireFittingRules(rules: TransformConfig, known: KnownTables, logger: Logger): void {
  const faults: readonly PipelineError[] = ruleFaults(rules, known);
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length > 1) for (const fault of faults) logger.error({ code: fault.code }, messageOf(fault));
  throw first;
}

/** Logs what of the rules is optional and not there, and throws when something else of them is not. */
export async function checkRules(rules: TransformConfig, from: TablesFrom, logger: Logger): Promise<void> {
  requireFittingRules(rules, await knownTables(from.topics, from.pattern, from.source), logger);
}

/** What would become of each table. */
export type RulesCheck = {
  readonly plan: readonly TablePlan[];
  /** Throws as `checkRules` does. */
  readonly requireFitting: () => void;
};

/** The plan, table by table. */
export async function planRules(rules: TransformConfig, from: TablesFrom, logger: Logger): Promise<RulesCheck> {
  const known = await knownTables(from.topics, from.pattern, from.source);
  return { plan: planOf(rules, known), requireFitting: () => requireFittingRules(rules, known, logger) };
}
