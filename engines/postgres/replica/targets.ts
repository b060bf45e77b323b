/**
 * The tables that are replicated into, looked up when the first event of each comes: made when they are missing,
 * registered with their guard table and bound to their topic.
 */
import type pg from 'pg';
import type { RowEvent } from '../../../formats/debezium/row-event.ts';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import type { Misfit } from '../../../pipeline/misfit.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { type SourceTable, tableName } from '../../../schemas/table-name.ts';
import type { TableShape } from '../../../schemas/table-shape.ts';
import { registerSource, registerTarget } from '../apply/target.ts';
import { checkTarget } from '../catalogue/check-target.ts';
import { copyTables } from '../catalogue/copy.ts';
import { sourceTypeOf } from '../catalogue/declared-type.ts';
import { tableFromEvent } from '../catalogue/from-events.ts';
import { makeTable } from '../catalogue/make.ts';
import { readRelations, readTables } from '../catalogue/read.ts';
import type { CatalogueTable } from '../catalogue/table.ts';
import { readTypeNames } from '../catalogue/type-names.ts';
import type { Database } from '../connection/connection.ts';
import { reachDatabase } from '../connection/reach.ts';
import { adaptGuardTable } from '../guards/guard-columns.ts';
import { ByTable } from './by-table.ts';
import { warnOfFiringTriggers } from './firing-triggers.ts';
import { goneTable } from './gone-table.ts';
import { prefixOf, readPublished, topicIn } from './published.ts';
import { type TargetTable, targetTable } from './target-table.ts';

/** What to look tables up with. */
export type TargetsOptions = {
  /** Where missing tables are described; without it they are made as far as their events tell. */
  readonly source?: Database | undefined;
  /** Whether a captured table is replicated under its own name, so that it is made with the others. */
  readonly isWanted: (table: SourceTable) => boolean;
  /** Whether a topic is read; every one is unless said. Tables of others are not made. */
  readonly isFollowed?: (topic: string) => boolean;
  readonly clusterId: string | null;
  readonly logger: Logger;
};

/** An event's table and where the event came from. */
export type Sighting = { readonly table: SourceTable; readonly topic: string; readonly event: RowEvent };

/** The tables known so far. As many as there are, and no more. */
export class Targets {
  /** What it looks tables up with. */
  readonly options: TargetsOptions;
  readonly #known = new ByTable<TargetTable>();
  #count = 0;

  constructor(options: TargetsOptions) {
    this.options = options;
  }

  /** The table, if it has been made sure of. */
  find(table: SourceTable): TargetTable | undefined {
    return this.#known.find(table);
  }

  /** Whether the target has it, or its source describes it. */
  async isThere(client: pg.Client, table: SourceTable): Promise<boolean> {
    const { source, isWanted } = this.options;
    return (source !== undefined && isWanted(table)) || (await this.#find(client, table)) !== undefined;
  }

  /**
   * Makes sure of a table. Lanes may do so at once. Answers what is wrong where the target had it and has it no more, since
   * one made again would lack the rows of before; where neither the target nor the source has it; and where it cannot
   * be written while others are. Throws a `PipelineError` when it is the first.
   */
  async ensure(client: pg.Client, sighting: Sighting): Promise<TargetTable | Misfit> {
    try {
      return await this.#ensure(client, sighting);
    } catch (error) {
      if (!(error instanceof PipelineError) || !ofOneTable.has(error.code)) throw error;
      if (!(await hasOthers(client, sighting.table))) throw error;
      const { message, advice: note } = error;
      return { table: tableName(sighting.table), reason: message, statements: [], note };
    }
  }

  async #ensure(client: pg.Client, { table, topic, event }: Sighting): Promise<TargetTable | Misfit> {
    const there = await this.#find(client, table);
    const gone = there ? null : await goneTable(client, table, event);
    if (gone) return gone;
    const found = there ?? (await this.#make(client, { table, topic, event }));
    if (!found) return nowhere(table, topic);
    checkTarget(found);
    if (found.key.length === 0) await requireOnePartition(client, table, topic);
    const target = targetTable(found, this.#count, orderOf(event), typesIn(event));
    const { name, columns, key } = target;
    const shape: TableShape = { name, columns, key, guard: { kind: 'table' } };
    await registerTarget(client, shape, target.orderBy);
    if (key.length > 0) await adaptGuardTable(client, shape);
    await registerSource(client, name, { kind: 'topic', topic, clusterId: this.options.clusterId });
    await warnOfFiringTriggers(client, found.qualified, this.options.logger);
    // Another lane may have been as far meanwhile.
    return this.find(table) ?? this.#keep(table, target);
  }

  /** Looks the table up again before its next change is written. */
  forget(table: SourceTable): void {
    this.#known.delete(table);
  }

  /** Numbers name stage tables, so no two versions of a table have one. */
  #keep(table: SourceTable, target: TargetTable): TargetTable {
    const kept = { ...target, number: this.#count };
    this.#known.set(table, kept);
    this.#count += 1;
    return kept;
  }

  /** All tables that are captured and wanted are made together, so that their foreign keys find each other. */
  async #wanted(source: pg.Client, { table: first, topic }: Sighting): Promise<readonly CatalogueTable[]> {
    const { isWanted, isFollowed = () => true } = this.options;
    const prefix = prefixOf(topic, first);
    const published = await readPublished(source);
    const isFirst = ({ schema, name }: SourceTable) => schema === first.schema && name === first.name;
    const wanted = published.filter(
      (table) => isWanted(table) && (prefix === undefined || isFollowed(topicIn(prefix, table))),
    );
    const all = await readTables(source);
    const captured = all.filter(
      (one) => isFirst(one) || wanted.some(({ schema, name }) => one.schema === schema && one.name === name),
    );
    return familyOf(captured, all);
  }

  async #find(client: pg.Client, { schema, name }: SourceTable): Promise<CatalogueTable | undefined> {
    return (await readRelations(client, [schema])).find((one) => one.name === name);
  }

  /** Undefined where the source, which is to describe it, has it no more. */
  async #make(client: pg.Client, sighting: Sighting): Promise<CatalogueTable | undefined> {
    const { source, logger, isWanted } = this.options;
    const { table, event } = sighting;
    if (source && isWanted(table)) await this.#copy(client, source, sighting);
    else {
      const made = await makeTable(client, tableFromEvent(event, await readTypeNames(client)));
      if (made) logger.warn({ table: tableName(table) }, madeFromEvents);
    }
    return await this.#find(client, table);
  }

  /** Others are not kept by a source that does not answer, such as after a cut-over. */
  async #reachSource(client: pg.Client, source: Database, { table }: Sighting): Promise<pg.Client> {
    const say = (line: string) => this.options.logger.warn({}, line);
    if (!(await hasOthers(client, table))) return await reachDatabase(source, 'catalogue', say);
    try {
      return await reachDatabase(source, 'catalogue', say, sourceLimit);
    } catch (error) {
      throw new PipelineError(
        'source_away',
        `the target does not have it, and its source does not answer: ${messageOf(error)}`,
        {
          advice: 'It is made as soon as the source answers (--source-db).',
          cause: error,
        },
      );
    }
  }

  async #copy(client: pg.Client, source: Database, sighting: Sighting): Promise<void> {
    const described = await this.#reachSource(client, source, sighting);
    const { logger } = this.options;
    try {
      if (!(await this.#find(described, sighting.table))) return;
      const made = await copyTables(described, client, await this.#wanted(described, sighting));
      if (made.length > 0) logger.info({ tables: made }, 'made tables like those of the source');
    } finally {
      await described.end();
    }
  }
}

/** Milliseconds for a source to answer while others wait. */
const sourceLimit = 2_000;

/** Errors that concern one table, and no other. */
const ofOneTable: ReadonlySet<string> = new Set([
  'keyless_partitions',
  'source_away',
  'target_has_rules',
  'target_is_no_table',
  'target_is_partition',
  'target_lacks',
  'target_refuses',
  'too_many_columns',
]);

/** Whether other tables are replicated into already: what is wrong with a first one is to be met at once. */
async function hasOthers(client: pg.Client, table: SourceTable): Promise<boolean> {
  const query = `select exists (select from sluice.target where order_by in ('lsn', 'offset') and table_name <> $1) as others`;
  return (await client.query<{ others: boolean }>(query, [tableName(table)])).rows[0]?.others === true;
}

/** Flattened events carry an LSN only when they were asked to. */
export const orderOf = ({ position }: RowEvent): TargetTable['orderBy'] => (position === null ? 'offset' : 'lsn');

/** The types of columns at the source, where the event's schema tells them. */
function typesIn({ before, after }: RowEvent): (column: string) => string | undefined {
  const fields = (after ?? before)?.shape.fields ?? [];
  const types = new Map(fields.map((field) => [field.name, sourceTypeOf(field)]));
  return (column) => types.get(column);
}

/** Tables with their parents and their partitions, which have no topics of their own. */
function familyOf(tables: readonly CatalogueTable[], all: readonly CatalogueTable[]): readonly CatalogueTable[] {
  const family = new Set(tables);
  for (const member of family) {
    for (const one of all) {
      const isParent = member.inherits.includes(one.qualified);
      if (isParent || one.partitionOf?.parent === member.qualified) family.add(one);
    }
  }
  return [...family];
}

/** Without a key nothing but their order tells what happened to rows, and partitions have none in common (rule 24). */
async function requireOnePartition(client: pg.Client, table: SourceTable, topic: string): Promise<void> {
  const { rows } = await client.query(
    'select count(distinct partition)::integer as n from sluice.checkpoint where topic = $1',
    [topic],
  );
  if ((rows[0]?.n ?? 0) <= 1) return;
  throw new PipelineError(
    'keyless_partitions',
    `${tableName(table)} has no key in the target, and its topic has ${rows[0]?.n} partitions`,
    {
      advice:
        'Give it a primary key, or capture it into a topic of one partition, as `npx sluice connector create` does.',
    },
  );
}

const madeFromEvents =
  'made the table as its events describe it, with columns, types, NOT NULL, key and constant defaults; it lacks UNIQUE, ' +
  'CHECK and foreign keys, indexes, identity and other defaults: add them at the target, or make the table by hand before';

/** Dropped or renamed at the source while its topic was read, or before. */
const nowhere = (table: SourceTable, topic: string): Misfit => ({
  table: tableName(table),
  reason: 'neither the target nor the source has it',
  statements: [],
  note:
    `Its topic ${topic} has rows of it. Was it dropped or renamed at the source? If its rows are of no use any more, leave it ` +
    'out with the rules, or delete the topic; if they are, create it in the target.',
});
