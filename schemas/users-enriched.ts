/**
 * The table `users_enriched` as the sink fills it. Its DDL is `migrations/002_users_enriched.sql` and later ones; a test compares both.
 */
import { addedColumns, enrichedTable } from './migrations.ts';
import { type Cell, type Column, type TableShape, varchar } from './table-shape.ts';
import type { UserEvent } from './user-event.ts';

/** Columns that carry what the event says. Limits in code points; an event value beyond its limit is parked. */
export const eventColumns = [
  { name: 'id', type: 'bigint' },
  varchar('first_name', 100),
  varchar('last_name', 100),
  varchar('email', 255),
  varchar('phone', 20),
  { name: 'address', type: 'text' },
  varchar('city', 100),
  varchar('state', 50),
  varchar('country', 50),
  varchar('postal_code', 20),
  { name: 'created_at', type: 'timestamp' },
  { name: 'updated_at', type: 'timestamp' },
  varchar('source_system', 50),
  varchar('cdc_operation', 10),
  { name: 'cdc_timestamp', type: 'timestamp' },
] as const satisfies readonly Column[];

/** Most characters of each text column. */
const limits = Object.fromEntries(
  eventColumns.flatMap((column) => ('limit' in column ? [[column.name, column.limit]] : [])),
);
const {
  first_name: firstName = 0,
  last_name: lastName = 0,
  email = 0,
  phone = 0,
  city = 0,
  state = 0,
  country = 0,
  postal_code: postalCode = 0,
  source_system: sourceSystem = 0,
} = limits;

/** Cuts a text between characters to the limit of its column. A longer text only occurs with `--on-too-long truncate`. */
function cut(text: string | null, limit: number): string | null {
  if (text === null || text.length <= limit) return text;
  // A character takes at most two code units.
  return Array.from(text.slice(0, 2 * limit))
    .slice(0, limit)
    .join('');
}

/** The event with the values of its row: long texts are cut. Computed columns use the whole texts. */
export function asStored(event: UserEvent): UserEvent {
  return {
    ...event,
    first_name: cut(event.first_name, firstName),
    last_name: cut(event.last_name, lastName),
    email: cut(event.email, email),
    phone: cut(event.phone, phone),
    city: cut(event.city, city),
    state: cut(event.state, state),
    country: cut(event.country, country),
    postal_code: cut(event.postal_code, postalCode),
    source_system: cut(event.source_system, sourceSystem),
  };
}

/** The cells of `eventColumns`. Written out, because reading properties by variable names costs as much as everything else here. */
export const eventCells = (event: UserEvent): readonly Cell[] => [
  event.id,
  cut(event.first_name, firstName),
  cut(event.last_name, lastName),
  cut(event.email, email),
  cut(event.phone, phone),
  event.address,
  cut(event.city, city),
  cut(event.state, state),
  cut(event.country, country),
  cut(event.postal_code, postalCode),
  event.created_at,
  event.updated_at,
  cut(event.source_system, sourceSystem),
  event.cdc_operation,
  event.cdc_timestamp,
];

/** Columns that the enrichment functions fill. A value beyond its limit becomes NULL and is counted. */
export const enrichedColumns: readonly Column[] = [
  varchar('full_name', 200),
  varchar('email_domain', 100),
  { name: 'is_valid_email_flag', type: 'boolean' },
  varchar('email_category', 20),
  varchar('normalized_email', 255),
  varchar('inferred_country', 50),
  ...[...addedColumns.values()].flat(),
];

/** The table as Sluice makes it. */
export const usersEnriched: TableShape = {
  name: enrichedTable,
  columns: [...eventColumns, ...enrichedColumns],
  key: ['id'],
  mergedAt: 'migration_timestamp',
  guard: { kind: 'columns', columns: ['source_generation', 'source_major', 'source_minor'] },
};

/** The table with the columns of the user's own functions. */
export const usersEnrichedWith = (own: readonly Column[]): TableShape => ({
  ...usersEnriched,
  columns: [...usersEnriched.columns, ...own],
});
