/** `sluice schema apply`: makes the planned schema in MySQL or MariaDB, in one go or phase by phase around a load. */
import { applyPhase } from '../../services/schema/apply.ts';
import { planWith, withTarget } from '../../services/schema/plan.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';
import { findingLines, isBlocked, planOptions, requireTables, schemaConfig, tablesOverride } from './config.ts';

export const apply = verb({
  name: 'apply',
  summary: 'make the tables, keys and indexes of the source in MySQL or MariaDB',
  options: [...planOptions, 'phases', 'acceptFindings'],
  overrides: { tables: tablesOverride },
  stoppedAdvice: 'What was made stays. The same command makes the rest.',
  examples: [
    'npx sluice schema apply --source-db postgresql://me@old/shop \\',
    '  --target-db mariadb://me:secret@new/shop --phases tables',
    'npx sluice load …',
    'npx sluice schema apply … --phases indexes,foreignKeys',
  ],
  async run(values, context) {
    const config = schemaConfig(values, context);
    return await withTarget(config.target, context.printError, async (session) => {
      const plan = await planWith(session, config, context.printError);
      requireTables(config, plan);
      const lines = findingLines(plan.findings.filter(({ severity }) => severity !== 'info'));
      for (const line of lines) context.printError(line.replace(/^-- /, ''));
      if (isBlocked(plan) && !values.acceptFindings) {
        context.printError('Nothing was made. --accept-findings makes the schema without what the findings name.');
        return exitCodes.blocked;
      }
      for (const phase of values.phases) {
        const startMs = performance.now();
        const applied = await applyPhase(session, plan, phase);
        const made = applied.filter(({ outcome }) => outcome === 'made').length;
        const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
        context.print(`${phase}: ${made} made, ${applied.length - made} already there, ${seconds} s`);
      }
      return exitCodes.done;
    });
  },
});
