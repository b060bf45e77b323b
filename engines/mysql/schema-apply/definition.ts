/** Definitions of tables as the server writes them, so that two of them can be compared. */
import { randomBytes } from 'node:crypto';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';
import type { TablePlan } from '../schema-plan/schema-plan.ts';
import { runStatement } from './statement.ts';

/** A table by the lines of SHOW CREATE TABLE. Names of keys and constraints are in lower case. */
export type Definition = {
  readonly columns: readonly string[];
  readonly primaryKey: string | null;
  readonly keys: ReadonlyMap<string, string>;
  readonly checks: ReadonlyMap<string, string>;
  /** Engine, character set and comment, without the counter. */
  readonly options: string;
};

const missing: ReadonlySet<unknown> = new Set(['ER_NO_SUCH_TABLE', 'ER_BAD_DB_ERROR']);

/** Reads the definition of a table; undefined if there is none. */
export async function readDefinition(
  session: Session,
  database: string,
  name: string,
): Promise<Definition | undefined> {
  try {
    const [row = []] = await session.cells(`show create table ${quoted(database)}.${quoted(name)}`);
    return parseDefinition(String(row[1]));
  } catch (error) {
    if (error instanceof Error && 'code' in error && missing.has(error.code)) return undefined;
    throw error;
  }
}

/** Parses the text of SHOW CREATE TABLE. */
export function parseDefinition(create: string): Definition {
  const lines = create.split('\n').map((line) => line.trim().replace(/,$/, ''));
  const inner = lines.slice(1, -1);
  const named = (pattern: RegExp) =>
    new Map(
      inner.flatMap((line): [string, string][] => {
        const [, name] = pattern.exec(line) ?? [];
        return name === undefined ? [] : [[name.toLowerCase(), line]];
      }),
    );
  return {
    columns: inner.filter((line) => line.startsWith('`')),
    primaryKey: inner.find((line) => line.startsWith('PRIMARY KEY')) ?? null,
    keys: named(/^(?:UNIQUE )?KEY `((?:[^`]|``)+)`/),
    checks: named(/^CONSTRAINT `((?:[^`]|``)+)` CHECK/),
    options: (lines.at(-1) ?? '').replace(/ AUTO_INCREMENT=\d+/, ''),
  };
}

/**
 * The definition that a server writes for a planned table, from a table that is made and dropped. Only the server knows in
 * which form it keeps types, defaults and expressions.
 */
export async function plannedDefinition(session: Session, table: TablePlan, withIndexes: boolean): Promise<Definition> {
  const name = `probe_${randomBytes(6).toString('hex')}`;
  const probe = session.own(name);
  const object = `${table.database}.${table.name}`;
  await runStatement(session, object, `create table ${probe}${table.create.slice(prefixOf(table).length)}`);
  try {
    if (withIndexes && table.indexes.length > 0)
      await runStatement(
        session,
        object,
        `alter table ${probe} ${table.indexes.map(({ clause }) => `add ${clause}`).join(', ')}`,
      );
    const found = await readDefinition(session, session.bookkeeping, name);
    if (found === undefined) throw new Error(`${probe} was dropped while it was compared with ${object}`);
    return found;
  } finally {
    await session.run(`drop table if exists ${probe}`);
  }
}

const prefixOf = ({ database, name }: TablePlan): string => `create table ${quoted(database)}.${quoted(name)}`;
