/** Compares the database with the oracle, and describes the differences. */
import type { MalformedKind } from './malformed.ts';
import type { ExpectedRow } from './oracle.ts';
import type { OracleRecord } from './workload.ts';

/** A row of the database, every column as text or boolean. Columns that the oracle does not know are ignored. */
export type ActualRow = { readonly [column: string]: string | boolean | null | undefined };

/** The compared columns, in the order of the table. */
export const comparedColumns = [
  'id',
  'first_name',
  'last_name',
  'email',
  'email_domain',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'postal_code',
  'created_at',
  'updated_at',
  'source_system',
  'cdc_operation',
  'full_name',
  'email_category',
  'inferred_country',
  'is_valid_email_flag',
  'normalized_email',
] as const satisfies readonly (keyof ExpectedRow)[];

/** Selects the rows in the form that `diffRows` takes. */
export const selectActualRows = `select ${comparedColumns
  .map((name) => (name === 'is_valid_email_flag' ? name : `${name}::text as ${name}`))
  .join(', ')} from users_enriched order by users_enriched.id`;

/** Most differences that are described. */
const shown = 20;

/** A value with every character visible. */
const visible = (value: unknown): string =>
  (JSON.stringify(value) ?? 'undefined').replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Differences as text; empty when the rows are the same. The first twenty, then the number of the others. */
export function diffRows(
  expected: ReadonlyMap<string, ExpectedRow>,
  actual: readonly ActualRow[] | ReadonlyMap<string, ActualRow>,
): string[] {
  const differences: string[] = [];
  const met = new Set<string>();
  for (const row of actual.values()) {
    const id = String(row.id);
    const wanted = expected.get(id);
    if (met.has(id)) differences.push(`id ${id}: there twice`);
    else if (!wanted) differences.push(`id ${id}: not expected, but there (${visible(row.cdc_operation)})`);
    met.add(id);
    for (const column of wanted ? comparedColumns : []) {
      const [want, got] = [wanted?.[column], row[column]];
      if (want !== got) differences.push(`id ${id}: ${column} should be ${visible(want)}, is ${visible(got)}`);
    }
  }
  for (const id of expected.keys()) if (!met.has(id)) differences.push(`id ${id}: expected, but missing`);
  if (differences.length <= shown) return differences;
  return [...differences.slice(0, shown), `and ${differences.length - shown} more differences`];
}

/** The origin of the record, as `partition:offset`. */
export const origin = (record: Pick<OracleRecord, 'partition' | 'offset'>): string =>
  `${record.partition}:${record.offset}`;

/** The records that must be parked, by `partition:offset`, each with the kind of its fault. */
export const expectedDeadLetters = (records: readonly OracleRecord[]): ReadonlyMap<string, MalformedKind> =>
  new Map(records.flatMap((record) => (record.malformed ? [[origin(record), record.malformed] as const] : [])));

/** The records that must be parked, as `partition:offset`. */
export const expectedParked = (records: readonly OracleRecord[]): ReadonlySet<string> =>
  new Set(expectedDeadLetters(records).keys());
