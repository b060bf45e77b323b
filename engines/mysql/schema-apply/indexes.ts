/** Second phase: unique keys and indexes, after the data. One statement a table, so that its rows are read once. */
import type { Session } from '../connection/session.ts';
import type { SchemaPlan, TablePlan } from '../schema-plan/schema-plan.ts';
import { addIndexes } from '../schema-plan/script.ts';
import { plannedDefinition, readDefinition } from './definition.ts';
import { type Applied, runStatement } from './statement.ts';
import { differs } from './tables.ts';

/** Makes the missing indexes of all tables. Throws `schema_differs` for one that is there and differs. */
export async function applyIndexes(session: Session, plan: SchemaPlan): Promise<readonly Applied[]> {
  const applied: Applied[] = [];
  for (const table of plan.tables) applied.push(...(await applyTableIndexes(session, table)));
  return applied;
}

/** Makes the missing indexes of one table. */
export async function applyTableIndexes(session: Session, table: TablePlan): Promise<readonly Applied[]> {
  const object = `${table.database}.${table.name}`;
  if (table.indexes.length === 0) return [];
  const found = await readDefinition(session, table.database, table.name);
  const isPresent = (name: string) => found?.keys.has(name.toLowerCase()) ?? false;
  const present = table.indexes.filter(({ name }) => isPresent(name));
  if (present.length > 0) {
    const planned = await plannedDefinition(session, table, true);
    for (const { name } of present) {
      const [wanted, line] = [planned.keys.get(name.toLowerCase()), found?.keys.get(name.toLowerCase())];
      if (wanted !== line) throw differs(`${object}: ${name}`, `${line} instead of ${wanted}`, String(wanted));
    }
  }
  const missing = table.indexes.filter(({ name }) => !isPresent(name));
  if (missing.length > 0)
    await runStatement(
      session,
      object,
      addIndexes(
        table,
        missing.map(({ clause }) => clause),
      ),
    );
  return table.indexes.map(({ name }) => ({
    object: `${object}: ${name}`,
    outcome: isPresent(name) ? 'present' : 'made',
  }));
}
