/**
 * Enrichment functions written by users: one file each, in a folder outside of Sluice's sources, with an `OwnFunction` as default export.
 * docs/guides/own-functions.md is the guide.
 */

import type { Column } from '../schemas/table-shape.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { enrichedColumns, eventColumns, usersEnriched } from '../schemas/users-enriched.ts';
import { type OwnType, ownType } from './own-type.ts';
import type { EnrichedSoFar, EnrichedValue, Enrichment } from './registry.ts';

export type { UserEvent } from '../schemas/user-event.ts';

/** The default export of a file. */
export type OwnFunction = {
  /** The column of `users_enriched` that it fills: lower-case letters, digits and `_`. */
  readonly column: string;
  /** Its type: boolean, text, varchar(n), integer, bigint, numeric, numeric(p,s), double precision, date, timestamp or timestamptz. */
  readonly type: string;
  /** Description of the column, stored in the database. */
  readonly comment: string;
  /**
   * A pure function of the event and of the columns computed before: no clock, no network, no file; the same event always gives the same
   * value. Null means no value. If it throws, the record is parked with the name of the column.
   */
  readonly compute: (event: UserEvent, earlier: EnrichedSoFar) => EnrichedValue | Date;
};

/** A checked user function with the definition of its column. */
export type OwnEnrichment = Enrichment & {
  readonly definition: Column;
  /** The type as PostgreSQL's `format_type` prints it. */
  readonly printedType: string;
  readonly comment: string;
  /** Name of its file in the folder. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
};

/** Columns that Sluice writes itself, and those that PostgreSQL has in every table. */
const taken = new Set([
  ...[...eventColumns, ...enrichedColumns].map(({ name }) => name),
  ...(usersEnriched.guard.columns ?? []),
  ...(usersEnriched.mergedAt === undefined ? [] : [usersEnriched.mergedAt]),
  ...['ctid', 'cmin', 'cmax', 'xmin', 'xmax', 'tableoid'],
]);

/** Most bytes of a name in PostgreSQL. */
const nameLimit = 63;

/** Checks the default export of a file. Throws an Error that says what is wrong with it. */
export function checkOwnFunction(exported: unknown, file: string, checksum: string): OwnEnrichment {
  const { column, type, comment, compute } = (exported ?? {}) as Partial<Record<keyof OwnFunction, unknown>>;
  if (exported === undefined || exported === null)
    throw new Error('it has no default export: `export default { column, type, comment, compute }`');
  if (typeof column !== 'string' || !/^[a-z_][a-z0-9_]*$/.test(column) || column.length > nameLimit)
    throw new Error(
      `column ${quote(column)}: expected a name of lower case letters, digits and _, at most ${nameLimit}`,
    );
  if (column === '__proto__') throw new Error('column __proto__: JavaScript keeps no value under this name');
  if (taken.has(column)) throw new Error(`column ${column} is one of Sluice's own: choose another name`);
  if (column.startsWith('sluice_'))
    throw new Error(`column ${column}: names that begin with sluice_ are kept for Sluice`);
  if (typeof type !== 'string') throw new Error(`type ${quote(type)}: expected the name of a type, such as 'boolean'`);
  if (typeof comment !== 'string' || comment.trim() === '') throw new Error('comment: expected what the column says');
  if (typeof compute !== 'function') throw new Error('compute: expected a function of the event');
  const known = ownType(type);
  return {
    column,
    compute: checked(compute as OwnFunction['compute'], known),
    definition: { name: column, type: known.type, ...(known.limit === undefined ? {} : { limit: known.limit }) },
    printedType: known.printed,
    comment,
    file,
    checksum,
  };
}

const quote = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** The function with its values converted for the column; throws if a value does not fit. */
const checked =
  (compute: OwnFunction['compute'], { convert }: OwnType): Enrichment['compute'] =>
  (event, earlier) => {
    const value = compute(event, earlier);
    // A Promise is rejected below. If it also fails without being awaited, Node.js would end the process.
    if ((value as unknown) instanceof Promise) (value as unknown as Promise<unknown>).catch(() => undefined);
    return value === null ? null : convert(value);
  };
