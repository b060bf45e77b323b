/** Which database each schema becomes. */
import type { Report } from './finding.ts';
import type { PlanOptions } from './schema-plan.ts';

/** Databases of the server, and of Sluice itself. */
const reserved: ReadonlySet<string> = new Set(['mysql', 'sys', 'information_schema', 'performance_schema', 'sluice']);

/** The database of a schema. Reports one that belongs to the server. */
export function databaseOf(schema: string, { database, schemas }: PlanOptions, report: Report): string {
  const found = schemas.databases[schema] ?? (schemas.mode === 'merge' || schema === 'public' ? database : schema);
  if (reserved.has(found.toLowerCase()))
    report({
      severity: 'block',
      object: `schema ${schema}`,
      what: `would become the database ${found}, which belongs to the server or to Sluice`,
      why: `give it another name: --policy schemas.${schema}=NAME`,
    });
  return found;
}
