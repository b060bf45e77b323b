/** First phase: databases, sequences and tables with their primary keys. */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import type { SchemaPlan, SequencePlan, TablePlan } from '../schema-plan/schema-plan.ts';
import { type Definition, plannedDefinition, readDefinition } from './definition.ts';
import { withPlannedSizes } from './sizes.ts';
import { type Applied, firstCell, runStatement } from './statement.ts';

/**
 * Makes what is missing, and leaves what is there and equal. Throws `schema_differs` for an object that is there and differs,
 * with the statement of the plan.
 */
export async function applyTables(session: Session, plan: SchemaPlan): Promise<readonly Applied[]> {
  for (const { name, create } of plan.databases) await runStatement(session, name, create);
  await runStatement(
    session,
    session.bookkeeping,
    `create database if not exists ${quoted(session.bookkeeping)} character set utf8mb4`,
  );
  const applied: Applied[] = [];
  for (const sequence of plan.sequences) applied.push(await applySequence(session, sequence));
  for (const table of plan.tables) applied.push(await applyTable(session, table));
  return applied;
}

async function applyTable(session: Session, table: TablePlan): Promise<Applied> {
  const object = `${table.database}.${table.name}`;
  const found = await readDefinition(session, table.database, table.name);
  if (found === undefined) {
    await runStatement(session, object, table.create);
    return { object, outcome: 'made' };
  }
  const planned = await plannedDefinition(session, table, false);
  const difference = differenceOf(planned, withPlannedSizes(found, planned, table.columns));
  if (difference !== undefined) throw differs(object, difference, table.create);
  return { object, outcome: 'present' };
}

/** The error about an object that is there and differs. */
export const differs = (object: string, difference: string, statement: string): PipelineError =>
  new PipelineError('schema_differs', `${object} is there and differs: ${difference}`, {
    advice: `Drop or change it, or give it to another database. The plan is:\n${statement}`,
  });

/** The first difference; keys and foreign keys that the plan does not have are no difference. */
export function differenceOf(planned: Definition, found: Definition): string | undefined {
  const lines = [
    ...planned.columns.map((line, index) => [line, found.columns[index]] as const),
    [planned.primaryKey ?? 'no PRIMARY KEY', found.primaryKey ?? 'no PRIMARY KEY'] as const,
    ...[...planned.keys].map(([name, line]) => [line, found.keys.get(name)] as const),
    ...[...planned.checks].map(([name, line]) => [line, found.checks.get(name)] as const),
    [planned.options, found.options] as const,
  ];
  const [wanted, present] = lines.find(([one, other]) => one !== other) ?? [];
  if (wanted !== undefined) return `${present ?? 'nothing'} instead of ${wanted}`;
  const extra =
    found.columns[planned.columns.length] ?? [...found.checks].find(([name]) => !planned.checks.has(name))?.[1];
  return extra === undefined ? undefined : `${extra} is not planned`;
}

/** Sequences of MariaDB are compared by their steps and bounds; their state has moved on. */
async function applySequence(session: Session, { database, name, create }: SequencePlan): Promise<Applied> {
  const object = `${database}.${name}`;
  const kind = await firstCell(
    session,
    'select table_type from information_schema.tables where table_schema = ? and table_name = ?',
    [database, name],
  );
  if (kind === undefined) {
    await runStatement(session, object, create);
    return { object, outcome: 'made' };
  }
  if (kind !== 'SEQUENCE') throw differs(object, `a ${kind} instead of a sequence`, create);
  const [row = []] = await session.cells(
    `select minimum_value, maximum_value, increment, cycle_option from ${quoted(database)}.${quoted(name)}`,
  );
  const [min, max, increment, cycle] = row.map(String);
  const found = `increment by ${increment} minvalue ${min} maxvalue ${max} nocache ${cycle === '1' ? 'cycle' : 'nocycle'}`;
  if (!create.includes(found)) throw differs(object, found, create);
  return { object, outcome: 'present' };
}
