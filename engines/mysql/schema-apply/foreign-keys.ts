/**
 * Third phase: foreign keys. They are added in place without a check by the server, which would copy the table. Then an anti-join
 * proves that every row has its parent; if one has none, the key is dropped. In the other order a row that another session commits
 * between the proof and the key would be accepted without a parent.
 */
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import type { ForeignKeyPlan, SchemaPlan, TablePlan } from '../schema-plan/schema-plan.ts';
import { addForeignKey } from '../schema-plan/script.ts';
import {
  beginProof,
  isUnproven,
  keepProof,
  makeProofTable,
  type Orphans,
  proveForeignKey,
} from './foreign-key-proof.ts';
import { type Applied, firstCell, runStatement } from './statement.ts';
import { differs } from './tables.ts';

/**
 * Adds the missing foreign keys and proves them. Keys with orphans are dropped again; all others stay, and then
 * `foreign_key_orphans` is thrown, which names the orphans. Throws `schema_differs` for a key that is there and differs. A key that
 * an interrupted run has added is proven.
 */
export async function applyForeignKeys(session: Session, plan: SchemaPlan): Promise<readonly Applied[]> {
  await makeProofTable(session);
  const checks = (await firstCell(session, 'select @@session.foreign_key_checks')) ?? '1';
  await session.run('set session foreign_key_checks = 0');
  try {
    const applied: Applied[] = [];
    const orphans: Orphans[] = [];
    for (const table of plan.tables)
      for (const key of table.foreignKeys) {
        const found = await applyForeignKey(session, table, key);
        if ('values' in found) orphans.push(found);
        else applied.push(found);
      }
    if (orphans.length > 0) throw orphansFound(orphans);
    return applied;
  } finally {
    await session.run(`set session foreign_key_checks = ${Number(checks)}`);
  }
}

async function applyForeignKey(session: Session, table: TablePlan, key: ForeignKeyPlan): Promise<Applied | Orphans> {
  const object = `${table.database}.${table.name}: ${key.name}`;
  const present = await presentKey(session, table, key.name);
  if (present !== undefined) {
    const wanted = describe(key);
    // Some servers keep names of tables in lower case.
    if (present.toLowerCase() !== wanted.toLowerCase())
      throw differs(object, `${present} instead of ${wanted}`, addForeignKey(table, key.clause));
    if (!(await isUnproven(session, table, key))) return { object, outcome: 'present' };
  } else {
    await beginProof(session, table, key);
    await runStatement(session, object, addForeignKey(table, key.clause));
  }
  const proof = await proveForeignKey(session, table, key);
  const { orphans, values } = proof;
  if (orphans > 0) await runStatement(session, object, dropForeignKey(table, key));
  await keepProof(session, table, key, proof);
  return orphans > 0 ? { object, rows: orphans, values, columns: key.columns } : { object, outcome: 'made' };
}

const dropForeignKey = ({ database, name }: TablePlan, key: ForeignKeyPlan): string =>
  `alter table ${quoted(database)}.${quoted(name)} drop foreign key ${quoted(key.name)}`;

/** A key in words, for a comparison. */
function describe({ columns, references, onDelete, onUpdate }: ForeignKeyPlan): string {
  const parent = `${references.database}.${references.table} (${references.columns.join(', ')})`;
  return `(${columns.join(', ')}) to ${parent} on delete ${rule(onDelete)} on update ${rule(onUpdate)}`;
}

/** The servers do not tell RESTRICT and NO ACTION apart, and both refuse the change. */
const rule = (action: string): string => action.toLowerCase().replace('restrict', 'no action');

async function presentKey(session: Session, { database, name }: TablePlan, key: string): Promise<string | undefined> {
  const rows = await session.cells(
    `select u.column_name, u.referenced_table_schema, u.referenced_table_name, u.referenced_column_name, r.delete_rule, r.update_rule
     from information_schema.key_column_usage u
     join information_schema.referential_constraints r
       on r.constraint_schema = u.constraint_schema and r.constraint_name = u.constraint_name and r.table_name = u.table_name
     where u.table_schema = ? and u.table_name = ? and u.constraint_name = ? order by u.ordinal_position`,
    [database, name, key],
  );
  const [first] = rows.map((row) => row.map(String));
  if (first === undefined) return undefined;
  const [, parentDatabase, parentTable, , onDelete = '', onUpdate = ''] = first;
  const column = (place: number) => rows.map((row) => String(row[place])).join(', ');
  return `(${column(0)}) to ${parentDatabase}.${parentTable} (${column(3)}) on delete ${rule(onDelete)} on update ${rule(onUpdate)}`;
}

function orphansFound(orphans: readonly Orphans[]): PipelineError {
  const lines = orphans.map(
    ({ object, rows, columns, values }) =>
      `${object}: ${rows} rows without a parent: (${columns.join(', ')}) = ${values.map((one) => `(${one.join(', ')})`).join(', ')}`,
  );
  return new PipelineError('foreign_key_orphans', lines.join('\n'), {
    advice: 'Compare these rows with the source, correct the target, and run the same command again.',
  });
}
