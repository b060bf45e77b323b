/** Creates tables that the target lacks, by the definitions of the source. */
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
 * Creates the tables that `target` lacks among `tables`, which were read from `source`. Also creates the objects
 * that they need: schemas, extensions, types, collations, sequences, keys, constraints, indexes, and empty tables whose row
 * type is the type of a column. Runs in one transaction, and one process at a time.
 * Returns the names of the created tables. Throws a `PipelineError` that lists missing objects Sluice does not copy,
 * such as functions.
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
    // An existing sequence may have another owner.
    const own = needs.filter(({ name }) => !taken.has(name));
    for (const statement of ownerships(own, new Set(made))) await run(target, statement);
    return made;
  });
}

/** Tables with their parents and their partitions, which have no topics of their own. */
export function withRelatives(
  tables: readonly CatalogueTable[],
  all: readonly CatalogueTable[],
): readonly CatalogueTable[] {
  const family = new Set(tables);
  for (const member of family) {
    for (const one of all) {
      const isParent = member.inherits.includes(one.qualified);
      if (isParent || one.partitionOf?.parent === member.qualified) family.add(one);
    }
  }
  return [...family];
}

/** The missing tables, the tables whose row types their columns use, and the needs of all of them. */
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

/** By table, the tables that must be created before it. */
function usesOf(needs: readonly Need[]): ReadonlyMap<string, readonly string[]> {
  const uses = new Map<string, string[]>();
  for (const { kind, name, roots } of needs) {
    if (kind === 'table') for (const root of roots) uses.set(root, [...(uses.get(root) ?? []), name]);
  }
  return uses;
}
