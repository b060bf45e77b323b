/** Which database each schema becomes. */
import type { Report } from './finding.ts';
import type { PlanOptions, SchemaPolicy } from './schema-plan.ts';

/** Databases of the server, and of Sluice itself. */
const reserved: ReadonlySet<string> = new Set(['mysql', 'sys', 'information_schema', 'performance_schema', 'sluice']);

/** Returns the database of each schema: the one that a policy names; the one of the address for `public`, or for all; or its own. */
export const databasesFor =
  (database: string, { mode, databases }: SchemaPolicy = separate) =>
  (schema: string): string =>
    databases[schema] ?? (mode === 'merge' || schema === 'public' ? database : schema);

const separate: SchemaPolicy = { mode: 'separate', databases: {} };

/** The database of a schema. Reports one that belongs to the server. */
export function databaseOf(schema: string, { database, schemas }: PlanOptions, report: Report): string {
  const found = databasesFor(database, schemas)(schema);
  if (reserved.has(found.toLowerCase()))
    report({
      severity: 'block',
      object: `schema ${schema}`,
      what: `would become the database ${found}, which belongs to the server or to Sluice`,
      why: `give it another name: --policy schemas.${schema}=NAME`,
    });
  return found;
}
