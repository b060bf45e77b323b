/** Queries for the rows that violate a constraint: their keys as `example`, and how many rows have each as `n`. */

/** A foreign key as the catalogue describes it. Names are quoted for SQL. */
export type ForeignKey = {
  readonly table: string;
  readonly name: string;
  /** The tables, with ONLY unless they are partitioned. */
  readonly rows: string;
  readonly references: string;
  /** MATCH FULL. */
  readonly full: boolean;
  /** Whether the last column is a PERIOD. */
  readonly period: boolean;
  readonly columns: readonly { readonly from: string; readonly to: string; readonly equals: string }[];
};

/** A deferrable constraint that has an index. */
export type Unique = {
  readonly table: string;
  readonly name: string;
  readonly rows: string;
  /** NULLS NOT DISTINCT. */
  readonly nullsEqual: boolean;
  readonly predicate: string | null;
  /** Columns of the index. `excludes` is the operator of EXCLUDE and of WITHOUT OVERLAPS. */
  readonly columns: readonly { readonly value: string; readonly excludes: string | null }[];
};

/** Characters of an example. */
const mostCharacters = 200;
const example = (columns: readonly string[]): string => `left(row(${columns.join(', ')})::text, ${mostCharacters})`;

/**
 * Compares by the operators of the constraint. A row with a null refers to nothing and violates nothing. With MATCH FULL that
 * is so only where all columns are null.
 */
export function foreignKeyViolations({ rows, references, full, period, columns }: ForeignKey): string {
  const equal = columns.map(({ from, to, equals }) => `p.${to} ${equals} c.${from}`);
  const mine = columns.map(({ from }) => `c.${from}`);
  const refers = full
    ? `not (${mine.map((column) => `${column} is null`).join(' and ')})`
    : mine.map((column) => `${column} is not null`).join(' and ');
  const missing = period
    ? notCovered(references, equal.slice(0, -1), columns.at(-1))
    : `not exists (select from ${references} p where ${equal.join(' and ')})`;
  return `select ${example(mine)} as example, count(*) as n from ${rows} c where ${refers} and ${missing} group by 1`;
}

/** The periods of all rows referred to must together cover the period of the row. */
function notCovered(
  references: string,
  equal: readonly string[],
  last: ForeignKey['columns'][number] | undefined,
): string {
  const covered = `c.${last?.from} operator(pg_catalog.<@) pg_catalog.range_agg(p.${last?.to})`;
  return `not coalesce((select ${covered} from ${references} p where ${[...equal, 'true'].join(' and ')}), false)`;
}

/** All rows of each key except one. */
export function uniqueViolations(key: Unique): string {
  return key.columns.some(({ excludes }) => excludes !== null) ? excludedRows(key) : repeatedRows(key);
}

function repeatedRows({ rows, nullsEqual, columns }: Unique): string {
  const values = columns.map(({ value }) => value);
  const counts = nullsEqual ? 'true' : values.map((value) => `${value} is not null`).join(' and ');
  return `select ${example(values)} as example, count(*) - 1 as n from ${rows}
    where ${counts} group by ${values.join(', ')} having count(*) > 1`;
}

function excludedRows({ rows, predicate, columns }: Unique): string {
  const values = columns.map(({ value }, at) => `${value} as v${at}`).join(', ');
  const conflict = columns.map(({ excludes }, at) => `a.v${at} ${excludes} b.v${at}`).join(' and ');
  return `with r as not materialized (select tableoid, ctid, ${values} from ${rows} where ${predicate ?? 'true'})
    select ${example(columns.map((_, at) => `a.v${at}`))} as example, count(*) as n from r a
    where exists (select from r b where (b.tableoid, b.ctid) < (a.tableoid, a.ctid) and ${conflict}) group by 1`;
}
