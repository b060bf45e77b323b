/** `sluice schema plan`: shows the schema that a MySQL or MariaDB would get, and what is not carried. It changes nothing. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { constraintScript, tableStatements } from '../../engines/mysql/schema-plan/script.ts';
import { planForMysql } from '../../services/schema/plan.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';
import { findingLines, isBlocked, planOptions, requireTables, schemaConfig, tablesOverride } from './config.ts';

/** Files of `--output-folder`. */
const tablesFile = 'create_mysql_tables.sql';
const constraintsFile = 'add_mysql_constraints.sql';

export const plan = verb({
  name: 'plan',
  summary: 'show the tables, keys and indexes that MySQL or MariaDB would get, and what is not carried',
  options: [...planOptions, 'outputFolder', 'json'],
  overrides: { tables: tablesOverride },
  examples: [
    'npx sluice schema plan --source-db postgresql://me@old/shop \\',
    '  --target-db mariadb://me:secret@new/shop',
    'npx sluice schema plan --policy onNaN=null,schemas.sales=shop_sales',
  ],
  async run(values, context) {
    const config = schemaConfig(values, context);
    const found = await planForMysql(config, context.printError);
    requireTables(config, found);
    if (values.json) context.print(JSON.stringify(found));
    else for (const line of planLines(found)) context.print(line);
    if (values.outputFolder !== undefined)
      for (const file of await writeFiles(found, values.outputFolder)) context.printError(`wrote ${file}`);
    return isBlocked(found) ? exitCodes.blocked : exitCodes.done;
  },
});

/** The plan as a script with its findings as comments. */
const planLines = (found: SchemaPlan): readonly string[] => [
  ...tableStatements(found).map((statement) => `${statement};`),
  constraintScript(found).trimEnd(),
  ...findingLines(found.findings),
];

async function writeFiles(found: SchemaPlan, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const tables = tableStatements(found).map((statement) => `${statement};\n`);
  const files = [
    [tablesFile, [...findingLines(found.findings).map((line) => `${line}\n`), ...tables].join('')],
    [constraintsFile, constraintScript(found)],
  ] as const;
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return files.map(([name]) => join(folder, name));
}
