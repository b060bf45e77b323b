/**
 * The target tables of a replica. At its first event, a table is looked up, checked, and registered with its guard table and its
 * topic. A table that does not exist is not created.
 */
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import type { Logger } from '../../../../pipeline/ports.ts';
import { type SourceTable, tableName } from '../../../../schemas/table-name.ts';
import { ByTable } from '../../../sink/replica/by-table.ts';
import { onlyRemovesRows } from '../../../sink/replica/group-plan.ts';
import type { Layouts } from '../../../sink/replica/layouts.ts';
import { fitsCatalogue } from '../../../types/to-mysql/utf8mb3.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { misfitOfTable } from './fitness.ts';
import { ensureGuardTable } from './own-tables.ts';
import { readTable } from './read-table.ts';
import { register } from './register.ts';
import { addColumns, createTable } from './statements.ts';
import type { TargetTable } from './target-table.ts';

/** How tables are found. */
export type TargetsOptions = {
  /** The database of the tables of a source schema. See `databasesFor`. */
  readonly databaseOf: (schema: string) => string;
  readonly clusterId: string | null;
  readonly logger: Logger;
};

/** An event, its table and the topic that it was read from. */
export type TableEvent = { readonly table: SourceTable; readonly topic: string; readonly event: RowEvent };

/** The known tables. One entry for each. */
export class Targets {
  readonly #options: TargetsOptions;
  readonly #layouts: Layouts<TargetTable>;
  readonly #known = new ByTable<TargetTable>();
  readonly #warned = new Set<string>();
  #count = 0;

  constructor(options: TargetsOptions, layouts: Layouts<TargetTable>) {
    this.#options = options;
    this.#layouts = layouts;
  }

  /** Looks the table up again at its next event. */
  forget(table: SourceTable): void {
    this.#known.delete(table);
  }

  /**
   * Returns the table of an event; the misfit if the event does not fit it; or null if the event has no effect because there is no
   * table. Throws a `PipelineError` if the order or the source of its events has changed. Not in a transaction.
   */
  async ofEvent(session: Session, tableEvent: TableEvent): Promise<TargetTable | Misfit | null> {
    const { table, event } = tableEvent;
    const known = this.#known.find(table);
    if (known && this.#layouts.accepts(known, event)) return inSameOrder(known, event);
    if (known) this.forget(table);
    const target = await this.#ensure(session, tableEvent);
    if (target === null || 'reason' in target) return target;
    const unfit = this.#layouts.unfit(target, event);
    const missingKey = this.#layouts.missingKey(target, event);
    if (!unfit && missingKey.length === 0) return inSameOrder(target, event);
    // Until the table is altered, it is looked up at every attempt.
    this.forget(table);
    return unfit
      ? {
          table: target.name,
          reason: `it has no column ${unfit.columns.map((name) => `"${name}"`).join(', ')}`,
          statements: addColumns(session, target.qualified, event, unfit.columns),
          note: null,
        }
      : {
          table: target.name,
          reason: `its primary key has ${missingKey.map((name) => `"${name}"`).join(', ')}, which the source does not have`,
          statements: [],
          note: 'Rows cannot be identified by another key. Give the table the key of its source.',
        };
  }

  async #ensure(session: Session, { table, topic, event }: TableEvent): Promise<TargetTable | Misfit | null> {
    const { databaseOf, clusterId } = this.#options;
    const name = tableName(table);
    const database = databaseOf(table.schema);
    const found = await readTable(session, database, table.name);
    if (!found && onlyRemovesRows(event)) return null;
    if (!found) return missing(session, { table, topic, event }, database);
    const misfit = misfitOfTable(session, found, event) ?? (await otherPartitions(session, found.key, topic));
    if (misfit) return { table: name, ...misfit };
    const target: TargetTable = { ...found, name, at: table, number: this.#count, orderBy: orderOf(event) };
    await register(session, { table: name, orderBy: target.orderBy, topic, clusterId });
    if (target.key.length > 0) await ensureGuardTable(session, target);
    this.#warnOfTriggers(name, found.triggers);
    // Another lane may have been faster. Each version of a table gets a number of its own, for its staging tables.
    const other = this.#known.find(table);
    if (other) return other;
    const kept = { ...target, number: this.#count };
    this.#count += 1;
    this.#known.set(table, kept);
    return kept;
  }

  #warnOfTriggers(table: string, triggers: readonly string[]): void {
    if (triggers.length === 0 || this.#warned.has(table)) return;
    this.#warned.add(table);
    const advice = 'triggers of the target fire for replicated rows: drop them while the replica follows its source';
    this.#options.logger.warn({ table, triggers }, advice);
  }
}

/** Flattened events carry an LSN only if the connector adds it. */
const orderOf = ({ position }: RowEvent): TargetTable['orderBy'] => (position === null ? 'offset' : 'lsn');

function inSameOrder(target: TargetTable, event: RowEvent): TargetTable {
  if (orderOf(event) === target.orderBy) return target;
  throw new PipelineError(
    'order_mismatch',
    `events of ${target.name} are ordered by ${target.orderBy}, but some new ones are not`,
    {
      advice:
        'Did the settings of the connector change? Positions of both cannot be compared: replicate into another database.',
    },
  );
}

function missing(session: Session, { table, topic, event }: TableEvent, database: string): Misfit {
  if (!fitsCatalogue(database + table.name))
    return {
      table: tableName(table),
      reason: 'names in MySQL and MariaDB have no characters beyond U+FFFF, such as emoji',
      statements: [],
      note: `Its topic ${topic} has rows of it. Rename the table at the source, or leave it out with the rules.`,
    };
  return {
    table: tableName(table),
    reason: `the target has no table ${table.name} in the database ${database}`,
    statements: createTable(session, `${quoted(database)}.${quoted(table.name)}`, event),
    note: `Its topic ${topic} has rows of it. Check the types of the statement, or leave the table out with the rules.`,
  };
}

/** Without a key only the order of events tells what happened to rows, and partitions share no order (rule 24). */
async function otherPartitions(
  session: Session,
  key: readonly string[],
  topic: string,
): Promise<Omit<Misfit, 'table'> | undefined> {
  if (key.length > 0) return undefined;
  const [[partitions] = []] = await session.cells(
    `select count(distinct \`partition\`) from ${session.own('checkpoint')} where topic = ?`,
    [topic],
  );
  if (Number(partitions) <= 1) return undefined;
  return {
    reason: `it has no primary key, and its topic has ${String(partitions)} partitions`,
    statements: [],
    note: 'Give it a primary key, or capture it into a topic of one partition, as `npx sluice connector create` does.',
  };
}
