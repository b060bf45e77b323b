/**
 * enrich: a validated event to the change of its row in `users_enriched`, computed columns included.
 * Beside `graph.ts` the only place in the pipeline that knows users.
 */
import { copyCell } from '../../schemas/copy-text.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { epochMicros } from '../../schemas/timestamp.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import { enrichedColumns, eventColumns, usersEnriched } from '../../schemas/users-enriched.ts';
import type { EnrichedValue, Enrichment } from '../../udfs/registry.ts';
import type { Change, Position, RawRecord } from '../change.ts';
import { mapRecords, type Stage, type Verdict } from '../stage.ts';
import type { Decoded } from './decode.ts';

/** How to enrich. */
export type EnrichOptions = {
  readonly enrichments: readonly Enrichment[];
  readonly orderBy: OrderBy;
  /** Counts computed values that did not fit their column and became NULL. */
  readonly noticed: { computedTooLong: number };
};

const operationOf = { INSERT: 'insert', UPDATE: 'update', DELETE: 'delete' } as const;

const eventNames = eventColumns.map(({ name }) => name);
const enrichedNames = enrichedColumns.map(({ name }) => name);

const limitOf: ReadonlyMap<string, number> = new Map(
  enrichedColumns.flatMap((column) => ('limit' in column ? [[column.name, column.limit] as const] : [])),
);

/** A user event, with its place at the source where it was captured and not read from a flat event. */
export type ToEnrich = Decoded<UserEvent> & { readonly position?: Position };

/** Runs the enrichment functions. One that throws parks the record and is named in the reason. */
export function enrich(options: EnrichOptions): Stage<ToEnrich, Change> {
  const columns = new Set(enrichedColumns.map(({ name }) => name));
  for (const { column } of options.enrichments)
    if (!columns.delete(column))
      throw new Error(`udfs/registry.ts fills ${column}, which no migration adds to users_enriched`);
  return mapRecords('enrich', 'enrichment_failed', ({ event, origin, position }: ToEnrich): Verdict<Change> => {
    const computed = computeColumns(event, options);
    if (computed instanceof Rejection) return computed;
    return {
      operation: operationOf[event.cdc_operation],
      table: usersEnriched,
      row: rowOf(event, computed),
      position: position ?? positionOf(event, origin, options.orderBy),
      origin,
    };
  });
}

function rowOf(event: UserEvent, computed: { readonly [column: string]: EnrichedValue }): string {
  const cells: string[] = [];
  for (const name of eventNames) cells.push(copyCell(event[name]));
  for (const name of enrichedNames) cells.push(copyCell(computed[name] ?? null));
  return cells.join('\t');
}

/** The computed columns of one event by name; also what `sluice enrich` shows. */
export function computeColumns(
  event: UserEvent,
  options: Pick<EnrichOptions, 'enrichments' | 'noticed'>,
): { [column: string]: EnrichedValue } | Rejection {
  const computed: { [column: string]: EnrichedValue } = {};
  for (const { column, compute } of options.enrichments) {
    let value: EnrichedValue;
    try {
      value = compute(event, computed);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new Rejection('enrichment_failed', `${column}: ${why}`, column);
    }
    computed[column] = fits(column, value) ? value : null;
    if (computed[column] !== value) options.noticed.computedTooLong += 1;
  }
  return computed;
}

function fits(column: string, value: EnrichedValue): boolean {
  if (typeof value !== 'string') return true;
  const limit = limitOf.get(column);
  return limit === undefined || value.length <= limit || Array.from(value).length <= limit;
}

/** Where a flat event stands at its source (rule 9). The parser has made sure that the ordering field is there. */
function positionOf(event: UserEvent, origin: RawRecord, orderBy: OrderBy): Position {
  switch (orderBy) {
    case 'sequence':
      return { generation: 0, major: event.cdc_sequence ?? '0', minor: '0' };
    case 'timestamp':
      return { generation: 0, major: epochMicros(event.cdc_timestamp ?? '') ?? '0', minor: origin.offset };
    case 'lsn':
      throw new Error('a flat event has no place in the log of its database');
    case 'offset':
      return { generation: 0, major: origin.offset, minor: '0' };
  }
}
