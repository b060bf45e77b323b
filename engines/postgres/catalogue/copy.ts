/** Makes the tables that are missing in one database like those of another. */
import type pg from 'pg';
import { inTransaction } from '../connection/connection.ts';
import { createStatements } from './create.ts';
import { lockTables } from './lock.ts';
import { type Need, readNeeds } from './needs.ts';
import { ownerships, prepareTarget, run } from './prepare.ts';
import { readTables } from './read.ts';
import type { CatalogueTable } from './table.ts';

const relations = `
  select oid::regclass::text as name, relkind in ('r', 'p', 'v', 'm', 'f') as "isTable" from pg_class
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')`;

/**
 * Makes those of `tables`, read from `source`, that `target` does not have, with what they need: schemas, extensions,
 * types, collations, sequences, keys, constraints, indexes, and empty tables whose row type is the type of a column.
 * Answers the names of the tables it made. All in one transaction, one process at a time. Throws a `PipelineError` that
 * lists what is missing and not copied, such as functions.
 */
export async function copyTables(
  source: pg.Client,
  target: pg.Client,
  tables: readonly CatalogueTable[],
): Promise<readonly string[]> {
  return await inTransaction(target, async () => {
    await lockTables(target);
    const { rows } = await target.query<{ name: string; isTable: boolean }>(relations);
    const there = new Set(rows.flatMap(({ name, isTable }) => (isTable ? [name] : [])));
    const missing = tables.filter(({ qualified }) => !there.has(qualified));
    if (missing.length === 0) return [];
    const { all, needs } = await withRowTypes(source, missing, there);
    const relocate = await prepareTarget(source, target, needs);
    const taken = new Set(rows.map(({ name }) => name));
    const made = all.map(({ qualified }) => qualified);
    for (const statement of createStatements(all, taken, usesOf(needs))) await run(target, relocate(statement));
    // A sequence that was there may be of another owner.
    const own = needs.filter(({ name }) => !taken.has(name));
    for (const statement of ownerships(own, new Set(made))) await run(target, statement);
    return made;
  });
}

/** Tables with those whose row types their columns have, and all that these need. */
async function withRowTypes(
  source: pg.Client,
  missing: readonly CatalogueTable[],
  there: ReadonlySet<string>,
): Promise<{ readonly all: readonly CatalogueTable[]; readonly needs: readonly Need[] }> {
  for (let all = missing; ; ) {
    const needs = await readNeeds(
      source,
      all.map(({ qualified }) => qualified),
    );
    const known = new Set([...there, ...all.map(({ qualified }) => qualified)]);
    const further = new Set(needs.flatMap(({ kind, name }) => (kind === 'table' && !known.has(name) ? [name] : [])));
    const found = further.size === 0 ? [] : (await readTables(source)).filter((one) => further.has(one.qualified));
    if (found.length === 0) return { all, needs };
    all = [...found, ...all];
  }
}

/** By table, those that must be made before it. */
function usesOf(needs: readonly Need[]): ReadonlyMap<string, readonly string[]> {
  const uses = new Map<string, string[]>();
  for (const { kind, name, roots } of needs) {
    if (kind === 'table') for (const root of roots) uses.set(root, [...(uses.get(root) ?? []), name]);
  }
  return uses;
}
