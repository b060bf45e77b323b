/**
 * Sets the counters of a replica. AUTO_INCREMENT follows the greatest value of its column, but the source may have given out
 * greater ones, whose rows are gone. Sequences of MariaDB follow nothing: replicated rows carry their values.
 */
import type { SourceTable } from '../../../schemas/table-name.ts';
import type { LeftSequence, SequencesSet } from '../../types/sequences-set.ts';
import type { Counter } from '../../types/table.ts';
import type { Session } from '../connection/session.ts';
import { isRefusedPrivilege } from '../errors.ts';
import { quoted } from '../identifiers.ts';

/** The counter that gives values to a column at the source. The table is named as the target has it, with its database. */
export type ColumnCounter = { readonly table: SourceTable; readonly column: string; readonly counter: Counter };

/** A sequence of the source, named as the target has it. */
export type NamedCounter = { readonly sequence: SourceTable; readonly counter: Counter };

/** A column of the target that counts: by AUTO_INCREMENT, or by the sequence of its default. */
type Counting = { readonly kind: 'auto_increment' } | { readonly kind: 'sequence'; readonly sequence: SourceTable };

const sqlName = ({ schema, name }: SourceTable): string => `${quoted(schema)}.${quoted(name)}`;

/** The default of a column that takes values from a sequence, as MariaDB writes it. */
const nextval = /^\(?nextval\(`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`\)\)?$/i;

const unquoted = (name: string): string => name.replaceAll('``', '`');

/** How a column counts; undefined if it does not, or if there is no such column. */
async function readCounting(
  session: Session,
  { schema, name }: SourceTable,
  column: string,
): Promise<Counting | undefined> {
  const [row] = await session.rows<{ text: string | null; extra: string | null }>(
    `select column_default as text, extra as extra from information_schema.columns
     where table_schema = ? and table_name = ? and column_name = ?`,
    [schema, name, column],
  );
  if (/auto_increment/i.test(row?.extra ?? '')) return { kind: 'auto_increment' };
  const [, database, sequence] = nextval.exec(row?.text ?? '') ?? [];
  if (database === undefined || sequence === undefined) return undefined;
  return { kind: 'sequence', sequence: { schema: unquoted(database), name: unquoted(sequence) } };
}

/** What sets one counter, and whether it is behind the source. */
type Setting = { readonly name: string; readonly isBehind: boolean; readonly statement: string };

/** AUTO_INCREMENT counts up by one. */
async function autoIncrement(session: Session, table: SourceTable, next: bigint): Promise<Setting> {
  const name = sqlName(table);
  const [row = []] = await session.cells(`show create table ${name}`);
  const [, present = '1'] = /^\).*? AUTO_INCREMENT=(\d+)/m.exec(String(row[1])) ?? [];
  return { name, isBehind: BigInt(present) < next, statement: `ALTER TABLE ${name} AUTO_INCREMENT = ${next}` };
}

/** A sequence that was used at the target is never set back. That does not hold for CYCLE, which has no direction. */
async function sequence(session: Session, at: SourceTable, next: bigint): Promise<Setting | undefined> {
  const name = sqlName(at);
  const [found] = await session.cells(
    `select 1 from information_schema.tables where table_schema = ? and table_name = ? and table_type = 'SEQUENCE'`,
    [at.schema, at.name],
  );
  if (found === undefined) return undefined;
  const [row] = await session.rows<{ present: string; increment: string; cycles: string }>(
    `select next_not_cached_value as present, increment, cycle_option as cycles from ${name}`,
  );
  const present = BigInt(row?.present ?? 0);
  if (row?.cycles === '1')
    return { name, isBehind: present !== next, statement: `ALTER SEQUENCE ${name} RESTART WITH ${next}` };
  const isUp = BigInt(row?.increment ?? 1) > 0n;
  return { name, isBehind: isUp ? present < next : present > next, statement: `DO SETVAL(${name}, ${next}, 0)` };
}

/**
 * Sets the counters of columns, and sequences by their names, to the next value of the source. Call it when all rows are applied,
 * outside of a transaction: it changes definitions.
 */
export async function setCounters(
  session: Session,
  columns: readonly ColumnCounter[],
  sequences: readonly NamedCounter[],
): Promise<SequencesSet> {
  const left: LeftSequence[] = [];
  const done = new Set<string>();
  let [set, kept] = [0, 0];
  const apply = async (setting: Setting | undefined): Promise<void> => {
    if (setting === undefined || done.has(setting.name)) return;
    done.add(setting.name);
    if (!setting.isBehind) {
      kept += 1;
      return;
    }
    try {
      await session.run(setting.statement);
      set += 1;
    } catch (error) {
      if (!isRefusedPrivilege(error)) throw error;
      left.push({ sequence: setting.name, why: (error as Error).message, statement: `${setting.statement};` });
    }
  };
  for (const { table, column, counter } of columns) {
    const counting = await readCounting(session, table, column);
    if (counting === undefined) continue;
    const next = counter.next === null ? null : BigInt(counter.next);
    if (next === null || (counting.kind === 'auto_increment' && BigInt(counter.increment) < 0n)) {
      left.push(leftColumn(table, column, counting, next));
      continue;
    }
    await apply(
      counting.kind === 'sequence'
        ? await sequence(session, counting.sequence, next)
        : await autoIncrement(session, table, next),
    );
  }
  for (const one of sequences)
    if (one.counter.next !== null) await apply(await sequence(session, one.sequence, BigInt(one.counter.next)));
  return { set, kept, left };
}

function leftColumn(table: SourceTable, column: string, counting: Counting, next: bigint | null): LeftSequence {
  const isSequence = counting.kind === 'sequence';
  const name = sqlName(isSequence ? counting.sequence : table);
  return {
    sequence: name,
    why:
      next === null
        ? 'the sequence of the source cannot be read'
        : `the sequence of the source counts down, and ${quoted(column)} up`,
    statement: isSequence
      ? `DO SETVAL(${name}, VALUE, 0); -- VALUE: the next of the source's sequence`
      : `ALTER TABLE ${name} AUTO_INCREMENT = VALUE; -- VALUE: above every key that the source gave out`,
  };
}

/** Statements that set the sequences of MariaDB which are behind the rows of these tables. */
export async function sequencesBehindRows(
  session: Session,
  tables: readonly SourceTable[],
): Promise<readonly string[]> {
  const statements: string[] = [];
  for (const table of tables) {
    const columns = await session.rows<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = ? and table_name = ? and column_default like '%nextval(%'`,
      [table.schema, table.name],
    );
    for (const { name: column } of columns) {
      const counting = await readCounting(session, table, column);
      if (counting?.kind !== 'sequence') continue;
      const [row = []] = await session.cells(`select max(${quoted(column)}) from ${sqlName(table)}`);
      const setting =
        row[0] === null ? undefined : await sequence(session, counting.sequence, BigInt(String(row[0])) + 1n);
      if (setting?.isBehind) statements.push(`${setting.statement};`);
    }
  }
  return statements;
}
