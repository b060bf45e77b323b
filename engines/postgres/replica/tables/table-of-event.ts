/** Finds the table of an event and tells whether it can take the event. */
import type pg from 'pg';
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { onlyRemovesRows } from '../../../sink/replica/group-plan.ts';
import type { Layouts } from '../../../sink/replica/layouts.ts';
import { guardTable } from '../../guards/guard-table.ts';
import type { TableEvent } from './make-missing.ts';
import type { Misfits } from './misfits.ts';
import type { TargetTable } from './target-table.ts';
import { orderOf, type Targets } from './targets.ts';

/** What the search needs. Tables are looked up again when an event has columns that they lacked. */
export type TableSearch = {
  readonly targets: Targets;
  readonly layouts: Layouts<TargetTable>;
  readonly misfits: Misfits;
};

/**
 * Returns the table of an event; the misfit if the event does not fit it; or null if the event has no effect because there is
 * no table. Throws a `PipelineError` if the order of the events has changed.
 */
export async function tableOfEvent(
  client: pg.Client,
  { targets, layouts, misfits }: TableSearch,
  tableEvent: TableEvent,
): Promise<TargetTable | Misfit | null> {
  const { table, event } = tableEvent;
  const known = targets.find(table);
  if (known && layouts.accepts(known, event)) return inSameOrder(known, event);
  if (known) targets.forget(table);
  // Such an event does not describe a table, so none can be created from it.
  else if (onlyRemovesRows(event) && !(await targets.isThere(client, table))) return null;
  const target = await targets.ensure(client, tableEvent);
  if ('reason' in target) return target;
  const unfit = layouts.unfit(target, event);
  const missingKey = layouts.missingKey(target, event);
  if (!unfit && missingKey.length === 0) return inSameOrder(target, event);
  // Until the table is altered, it is looked up at every attempt.
  targets.forget(table);
  if (!unfit) return otherKey(target, missingKey);
  return await misfits.ofColumns(client, target, unfit.row, unfit.columns);
}

function inSameOrder(target: TargetTable, event: RowEvent): TargetTable {
  if (orderOf(event) !== target.orderBy) throw orderMismatch(target);
  return target;
}

const otherKey = ({ name }: TargetTable, columns: readonly string[]): Misfit => ({
  table: name,
  reason: `its primary key has ${columns.map((one) => `"${one}"`).join(', ')}, which the source does not have`,
  statements: [],
  note: `Rows cannot be identified by another key. Rename or drop the table, its guard ${guardTable(name)} and its row of sluice.target, so that it is created again, and take a snapshot.`,
});

const orderMismatch = ({ name, orderBy }: TargetTable): PipelineError =>
  new PipelineError('order_mismatch', `events of ${name} are ordered by ${orderBy}, but some new ones are not`, {
    advice:
      'Did the settings of the connector change? Positions of both cannot be compared: replicate into another database.',
  });
