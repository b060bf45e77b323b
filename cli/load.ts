/** `sluice load`: copies the rows of whole tables into another database, and continues after any interruption. */
import type { BrokenConstraint, LoadTarget } from '../engines/load.ts';
import { mysqlLoadTarget } from '../engines/mysql/load/load-target.ts';
import { databasesFor } from '../engines/mysql/schema-plan/databases.ts';
import { type Database, describeDatabase } from '../engines/postgres/connection/connection.ts';
import { postgresLoadSource } from '../engines/postgres/load/load-source.ts';
import { postgresLoadTarget } from '../engines/postgres/load/load-target.ts';
import { PipelineError } from '../pipeline/errors.ts';
import type { Logger } from '../pipeline/ports.ts';
import { namesTable } from '../schemas/table-pattern.ts';
import { type LoadedTable, startLoad } from '../services/load/load.ts';
import { isMysql, type TargetDatabase } from '../services/target.ts';
import { chooseSource, sourceDatabase } from './connector/servers.ts';
import { LoadProgress } from './load/progress.ts';
import { type GivenPolicies, noPolicies } from './options/policy.ts';
import { exitCodes } from './output/exit-codes.ts';
import { commandLog } from './output/log-events.ts';
import { createLogger } from './output/logger.ts';
import { table } from './output/table.ts';
import { untilDone } from './program/until-done.ts';
import { verb } from './program/verb.ts';
import { describeChosenDatabase } from './servers/servers.ts';
import { chooseAnyTarget, targetOptions } from './servers/target-server.ts';

export const load = verb({
  name: 'load',
  summary: 'copy the rows of whole tables into PostgreSQL, MySQL or MariaDB, in parts that are never lost or doubled',
  options: ['sourceUrl', ...targetOptions, 'tables', 'policy', 'loadConnections', 'batchSize', 'logLevel', 'logFormat'],
  onStop: 'drains',
  stoppedAdvice: 'Everything that was written stays. The same command continues.',
  overrides: {
    tables: {
      default: '*.*',
      description: 'tables to load, * matches any name; a partitioned table is loaded with its partitions',
    },
    batchSize: { default: '200000', description: 'most rows in one transaction; wide rows make it smaller' },
  },
  examples: [
    'npx sluice load --source-db postgresql://me@old/shop \\',
    '  --target-db mariadb://me:secret@new/shop',
    'npx sluice load --source-db postgresql://me@old/shop \\',
    '  --target-db postgresql://me:secret@new/shop',
    "npx sluice load --tables 'public.orders,sales.*' --load-connections 4",
    '',
    'Tables that the target lacks are created in PostgreSQL, as the source defines',
    'them. For MySQL and MariaDB `npx sluice schema apply` creates them.',
  ],
  async run(values, context) {
    const logger = createLogger(values);
    const source = sourceDatabase(chooseSource(values), context);
    const target = chooseAnyTarget(values, context);
    context.printError(`source PostgreSQL ${describeDatabase(source)}`);
    context.printError(`target ${describeChosenDatabase(target)}`);
    const running = startLoad({
      source: postgresLoadSource(source),
      target: loadTarget(target.database, { policy: values.policy ?? noPolicies, source, logger }),
      isWanted: namesTable(values.tables),
      connections: values.loadConnections,
      chunkRows: values.batchSize,
    });
    const progress = new LoadProgress(context.printError);
    running.events.subscribe(commandLog(logger, { pipeline: 'load' }));
    running.events.subscribe(progress.note);
    const { tables, broken, seconds } = await untilDone(running, context.stop).finally(() => progress.end());
    const head = ['table', 'rows', 'refused'];
    for (const line of table(
      head,
      tables.map(({ name, rows, refused }) => [name, rows, refused]),
    ))
      context.print(line);
    context.print(`loaded in ${seconds.toFixed(1)} s`);
    requireNoneRefused(tables);
    requireNoneBroken(broken);
    return exitCodes.done;
  },
});

type TargetOptions = { readonly policy: GivenPolicies; readonly source: Database; readonly logger: Logger };

function loadTarget(database: TargetDatabase, { policy, source, logger }: TargetOptions): LoadTarget {
  if (!isMysql(database)) return postgresLoadTarget(database, { source, logger });
  return mysqlLoadTarget(database, {
    databaseOf: databasesFor(database.database, policy.schemas),
    policies: policy.policies,
  });
}

function requireNoneRefused(tables: readonly LoadedTable[]): void {
  const refused = tables.filter((one) => one.refused > 0);
  if (refused.length === 0) return;
  const count = refused.reduce((sum, one) => sum + one.refused, 0);
  throw new PipelineError(
    'rows_refused',
    `the target cannot hold ${count} rows of ${refused.map(({ name }) => name).join(', ')}`,
    {
      advice: 'They are in sluice.load_refusal of the target, whole, with their reasons. Everything else is loaded.',
    },
  );
}

function requireNoneBroken(broken: readonly BrokenConstraint[]): void {
  if (broken.length === 0) return;
  throw new PipelineError(
    'constraints_broken',
    broken
      .map(
        ({ table, constraint, count, examples }) =>
          `${constraint} of ${table} does not hold for ${count}: ${examples.join(', ')}`,
      )
      .join('; '),
    {
      advice: 'All rows are loaded, but parts are read at different moments: changes made meanwhile may be missing.',
    },
  );
}
