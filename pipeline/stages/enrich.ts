/**
 * enrich: turns a validated user event into the change of its row in `users_enriched`, with the computed columns.
 */

import type { OrderBy } from '../../schemas/order-by.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { Cell, Column } from '../../schemas/table-shape.ts';
import { epochMicros } from '../../schemas/timestamp.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import { enrichedColumns, eventCells } from '../../schemas/users-enriched.ts';
import type { EnrichedValue, Enrichment } from '../../udfs/registry.ts';
import type { Change, Position, RawRecord } from '../change.ts';
import type { RowEncoder } from '../ports.ts';
import type { Step } from '../stage.ts';
import type { Decoded } from './decode.ts';

/** Options of the stage. */
export type EnrichOptions = {
  readonly enrichments: readonly Enrichment[];
  readonly orderBy: OrderBy;
  /** Counts computed values that did not fit their column and became NULL. */
  readonly noticed: { computedTooLong: number };
  /** Encodes rows for the target engine. */
  readonly rows: RowEncoder;
};

/** Returns the computed columns: first those of the migrations, then those of the user's own functions. */
const columnsOf = (enrichments: readonly Enrichment[]): readonly Column[] => [
  ...enrichedColumns,
  ...enrichments.flatMap(({ definition }) => definition ?? []),
];

/** A user event; with its position at the source if it was captured, without it if it was a flat event. */
export type ToEnrich = Decoded<UserEvent> & { readonly position?: Position };

/** Returns a step that runs the enrichment functions. An exception parks the record, with the name of the column. */
export function enrich(options: EnrichOptions): Step<ToEnrich, Change> {
  const names = columnsOf(options.enrichments).map(({ name }) => name);
  const columns = new Set(names);
  for (const { column } of options.enrichments)
    if (!columns.delete(column))
      throw new Error(`udfs/registry.ts fills ${column}, which no migration adds to users_enriched`);
  const compute = computing(options);
  const { rows } = options;
  return {
    stage: 'enrich',
    onThrow: 'enrichment_failed',
    begin: (records) => rows.begin(records),
    handle({ event, origin, position }) {
      const computed = compute(event);
      if (computed instanceof Rejection) return computed;
      const { generation, major, minor } = position ?? positionOf(event, origin, options.orderBy);
      const cells: Cell[] = [generation, major, minor, ...eventCells(event)];
      for (const name of names) cells.push(computed[name] ?? null);
      const row = rows.add(cells);
      return { operation: event.cdc_operation, row, origin };
    },
  };
}

/** Computed values of one event, by column. */
export type Computed = { readonly [column: string]: EnrichedValue };

/** Computes the columns of one event. */
export type Computing = (event: UserEvent) => Computed | Rejection;

/** Returns the function that computes the columns of an event. `sluice enrich` prints its result. */
export function computing({ enrichments, noticed }: Pick<EnrichOptions, 'enrichments' | 'noticed'>): Computing {
  const limits = new Map(columnsOf(enrichments).map(({ name, limit }) => [name, limit]));
  const functions = enrichments.map(({ column, compute }) => ({
    column,
    compute,
    limit: limits.get(column) ?? Number.POSITIVE_INFINITY,
  }));
  return (event) => {
    const computed: { [column: string]: EnrichedValue } = {};
    for (const { column, compute, limit } of functions) {
      let value: EnrichedValue;
      try {
        value = compute(event, computed);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return new Rejection('enrichment_failed', `${column}: ${why}`, column);
      }
      if (typeof value === 'string' && value.length > limit && Array.from(value).length > limit) {
        value = null;
        noticed.computedTooLong += 1;
      }
      computed[column] = value;
    }
    return computed;
  };
}

/** Returns the position of a flat event (rule 9). The parser has checked that the ordering field exists. */
function positionOf(event: UserEvent, origin: RawRecord, orderBy: OrderBy): Position {
  switch (orderBy) {
    case 'sequence':
      return { generation: 0, major: event.cdc_sequence ?? '0', minor: '0' };
    case 'timestamp':
      return { generation: 0, major: epochMicros(event.cdc_timestamp ?? '') ?? '0', minor: origin.offset };
    case 'lsn':
      throw new Error('a flat event has no LSN');
    case 'offset':
      return { generation: 0, major: origin.offset, minor: '0' };
  }
}
