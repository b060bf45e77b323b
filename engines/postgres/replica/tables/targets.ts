/**
 * The target tables of a replica. At its first event, a table is looked up, created if it is missing, and registered with its
 * guard table and its topic.
 */
import type pg from 'pg';
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { ByTable } from '../../../sink/replica/by-table.ts';
import { registerSource, registerTarget } from '../../apply/target.ts';
import { checkTarget } from '../../catalogue/check-target.ts';
import { sourceTypeOf } from '../../catalogue/declared-type.ts';
import { adaptGuardTable } from '../../guards/guard-columns.ts';
import { warnOfFiringTriggers } from '../constraints/replica-session.ts';
import { findRelation, hasOtherTables, type MakeOptions, makeMissing, type TableEvent } from './make-missing.ts';
import { droppedAtTarget, missingEverywhere } from './missing-table.ts';
import { type TargetTable, targetTable } from './target-table.ts';

/** How tables are looked up and created. */
export type TargetsOptions = MakeOptions & { readonly clusterId: string | null };

/** The known tables. One entry for each. */
export class Targets {
  readonly options: TargetsOptions;
  readonly #known = new ByTable<TargetTable>();
  #count = 0;

  constructor(options: TargetsOptions) {
    this.options = options;
  }

  /** A known table. */
  find(table: SourceTable): TargetTable | undefined {
    return this.#known.find(table);
  }

  /** Whether the target has the table, or its source can describe it. */
  async isThere(client: pg.Client, table: SourceTable): Promise<boolean> {
    const { source, isWanted } = this.options;
    return (source !== undefined && isWanted(table)) || (await findRelation(client, table)) !== undefined;
  }

  /**
   * Looks a table up, creates it if it is missing, and registers it. Lanes may do so at the same time. Returns a misfit if
   * - the target had the table and no longer has it: if it were created again, its rows would be missing;
   * - neither the target nor the source has it;
   * - it cannot be written while other tables can. If it is the first table, it throws a `PipelineError` instead.
   */
  async ensure(client: pg.Client, tableEvent: TableEvent): Promise<TargetTable | Misfit> {
    try {
      return await this.#ensure(client, tableEvent);
    } catch (error) {
      if (!(error instanceof PipelineError) || !errorsOfOneTable.has(error.code)) throw error;
      // A fault of the first table is a mistake in the setup, so it ends the process.
      if (!(await hasOtherTables(client, tableEvent.table))) throw error;
      const { message, advice: note } = error;
      return { table: tableName(tableEvent.table), reason: message, statements: [], note };
    }
  }

  async #ensure(client: pg.Client, tableEvent: TableEvent): Promise<TargetTable | Misfit> {
    const { table, topic, event } = tableEvent;
    const present = await findRelation(client, table);
    const dropped = present ? null : await droppedAtTarget(client, table, event);
    if (dropped) return dropped;
    if (!present) await makeMissing(client, this.options, tableEvent);
    const found = present ?? (await findRelation(client, table));
    if (!found) return missingEverywhere(table, topic);
    checkTarget(found);
    if (found.key.length === 0) await requireOnePartition(client, table, topic);
    const target = targetTable(found, this.#count, orderOf(event), typesIn(event));
    const { name, columns, key } = target;
    const shape: TableShape = { name, columns, key, guard: { kind: 'table' } };
    await registerTarget(client, shape, target.orderBy);
    if (key.length > 0) await adaptGuardTable(client, shape);
    await registerSource(client, name, { kind: 'topic', topic, clusterId: this.options.clusterId });
    await warnOfFiringTriggers(client, found.qualified, this.options.logger);
    // Another lane may have been faster.
    return this.find(table) ?? this.#keep(table, target);
  }

  /** Looks the table up again at its next event. */
  forget(table: SourceTable): void {
    this.#known.delete(table);
  }

  /** Each version of a table gets a number of its own, because numbers are part of the names of staging tables. */
  #keep(table: SourceTable, target: TargetTable): TargetTable {
    const kept = { ...target, number: this.#count };
    this.#known.set(table, kept);
    this.#count += 1;
    return kept;
  }
}

/** Codes of errors that concern one table only. */
const errorsOfOneTable: ReadonlySet<string> = new Set([
  'keyless_partitions',
  'source_away',
  'target_has_rules',
  'target_is_no_table',
  'target_is_partition',
  'target_lacks',
  'target_refuses',
  'too_many_columns',
]);

/** Flattened events carry an LSN only if the connector adds it. */
export const orderOf = ({ position }: RowEvent): TargetTable['orderBy'] => (position === null ? 'offset' : 'lsn');

/** The types of columns at the source, where the event's schema names them. */
function typesIn({ before, after }: RowEvent): (column: string) => string | undefined {
  const fields = (after ?? before)?.shape.fields ?? [];
  const types = new Map(fields.map((field) => [field.name, sourceTypeOf(field)]));
  return (column) => types.get(column);
}

/** Without a key only the order of events tells what happened to rows, and partitions share no order (rule 24). */
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
