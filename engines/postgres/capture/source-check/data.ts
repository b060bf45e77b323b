/**
 * Searches the tables for values that Debezium cannot carry. Reads each table at most once. A warning names each table that was
 * not read, or only in part.
 */
import type pg from 'pg';
import { readable } from '../../identifiers.ts';
import { nameOf } from '../connector-config.ts';
import { type Column, type Condition, conditions } from './data-conditions.ts';
import type { Finding } from './finding.ts';
import { readableTable } from './names.ts';
import type { SourceTable } from './source-tables.ts';

/** Limits of the search. */
export type Limits = {
  readonly tableMs: number;
  /** For all tables together. */
  readonly allMs: number;
  /** Of a larger table, only a sample of about this size is read. */
  readonly sampleBytes: number;
};

const defaultLimits: Limits = { tableMs: 30_000, allMs: 300_000, sampleBytes: 1024 ** 3 };

/** SQLSTATEs of a statement timeout and a lock timeout. */
const timeoutCodes = new Set(['57014', '55P03']);

/** Findings, and warnings about data that was not read. */
export type DataFindings = { readonly findings: readonly Finding[]; readonly warnings: readonly string[] };

type Described = { readonly columns: readonly Column[]; readonly key: readonly string[]; readonly bytes: number };
type ColumnCondition = { readonly column: Column; readonly condition: Condition };

/** Reads the tables of a source whose `server_version_num` is `version`. */
export async function dataFindings(
  client: pg.Client,
  tables: readonly SourceTable[],
  version: number,
  limits: Limits = defaultLimits,
): Promise<DataFindings> {
  const findings: Finding[] = [];
  const warnings: string[] = [];
  const until = performance.now() + limits.allMs;
  for (const table of tables) {
    const limitMs = Math.min(limits.tableMs, Math.round(until - performance.now()));
    const found =
      limitMs < 1 ? undefined : await withTimeout(client, limitMs, () => searchTable(client, table, version, limits));
    findings.push(...(found?.findings ?? []));
    warnings.push(
      ...(found?.warnings ?? [
        `${readableTable(table)} was not searched for values that Debezium cannot carry: it took longer than ${limits.tableMs / 1000} s`,
      ]),
    );
  }
  return { findings, warnings };
}

/** Runs `work` in a read-only transaction; returns undefined if a statement or a lock takes longer than `limitMs`. */
async function withTimeout<T>(client: pg.Client, limitMs: number, work: () => Promise<T>): Promise<T | undefined> {
  await client.query('begin read only');
  try {
    await client.query(`set local statement_timeout = ${limitMs}; set local lock_timeout = ${limitMs}`);
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && timeoutCodes.has(String(error.code))) return undefined;
    throw error;
  } finally {
    await client.query('rollback');
  }
}

async function describe(client: pg.Client, table: SourceTable): Promise<Described> {
  const { rows } = await client.query<Described>(
    `with recursive base (attnum, oid, typmod) as (
       select attnum, atttypid, atttypmod from pg_attribute
       where attrelid = $1 and attnum > 0 and not attisdropped and attgenerated = ''
       union all
       select b.attnum, t.typbasetype, t.typtypmod from base b join pg_type t on t.oid = b.oid where t.typtype = 'd'
     ), plain as (select b.* from base b join pg_type t on t.oid = b.oid where t.typtype <> 'd'),
     element (attnum, oid) as (
       select p.attnum, case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem else t.oid end
       from plain p join pg_type t on t.oid = p.oid
     ), inner_base (attnum, oid) as (
       select attnum, oid from element
       union all
       select i.attnum, t.typbasetype from inner_base i join pg_type t on t.oid = i.oid where t.typtype = 'd'
     ), called (oid, name) as (
       select t.oid, case when n.nspname = 'pg_catalog' or exists (
           select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
         then t.typname::text else format('%I.%I', n.nspname, t.typname) end
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
     )
     select coalesce(jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
         'isArray', t.typcategory = 'A' and t.typelem <> 0, 'element', called_e.name, 'elementIsDomain', e.typtype = 'd',
         'elementBase', called_b.name, 'bits', case when t.oid = 'varbit'::regtype then nullif(p.typmod, -1) end) order by a.attnum), '[]') as columns,
       coalesce((select jsonb_agg(k.attname) from pg_index x join pg_attribute k on k.attrelid = x.indrelid and k.attnum = any (x.indkey)
         where x.indrelid = $1 and x.indisprimary), '[]') as key,
       (select coalesce(sum(pg_relation_size(r)), 0)::float8 from (select $1::oid union select relid from pg_partition_tree($1::oid)) q(r)) as bytes
     from plain p join pg_attribute a on a.attrelid = $1 and a.attnum = p.attnum
     join pg_type t on t.oid = p.oid
     join element el on el.attnum = p.attnum join pg_type e on e.oid = el.oid join called called_e on called_e.oid = e.oid
     join inner_base i on i.attnum = p.attnum join pg_type b on b.oid = i.oid and b.typtype <> 'd' join called called_b on called_b.oid = b.oid`,
    [table.oid],
  );
  const [described] = rows;
  if (described === undefined) throw new Error(`the source returned no row about ${readableTable(table)}`);
  return described;
}

async function searchTable(
  client: pg.Client,
  table: SourceTable,
  version: number,
  { sampleBytes }: Limits,
): Promise<DataFindings> {
  const { columns, key, bytes } = await describe(client, table);
  const checks = columns.flatMap((column) =>
    conditions
      .filter(({ appliesTo }) => appliesTo(column, version))
      .map((condition): ColumnCondition => ({ column, condition })),
  );
  if (checks.length === 0) return { findings: [], warnings: [] };
  const percent = Math.min(100, (100 * sampleBytes) / bytes);
  const keyColumns = key.length === 0 ? 'ctid' : key.map(readable).join(', ');
  const keyText = key.length === 0 ? 'ctid::text' : `concat_ws(', ', ${keyColumns})`;
  const wheres = checks.map(({ column, condition }) => condition.where(readable(column.name), column));
  const aggregates = wheres.flatMap((where, n) => [
    `count(*) filter (where ${where})::text as count_${n}`,
    `min(${keyText}) filter (where ${where}) as key_${n}`,
  ]);
  const from = `${table.isParent ? 'only ' : ''}${readableTable(table)}${percent < 100 ? ` tablesample system (${percent})` : ''}`;
  const { rows } = await client.query<Record<string, string | null>>(`select ${aggregates.join(',\n')} from ${from}`);
  const findings = checks.flatMap((checked, n) => {
    const count = rows[0]?.[`count_${n}`] ?? '0';
    return count === '0' && !isNeverCarried(checked)
      ? []
      : [findingOf(table, checked, count, `${keyColumns} = ${rows[0]?.[`key_${n}`]}`, wheres[n] ?? '')];
  });
  const bits = checks.filter(({ condition: { check } }) => check === 'bit_varying');
  return {
    findings,
    warnings: [
      ...(percent < 100
        ? [
            `only ${percent.toPrecision(2)} % of ${readableTable(table)} were searched for values that Debezium cannot carry`,
          ]
        : []),
      ...(findings.some(({ check }) => check === 'bit_varying') ? [] : bits).map(
        ({ column: { name, type } }) =>
          `${readableTable(table)}, column ${readable(name)} (${type}): rows with a value of fewer bits than the declared length are parked`,
      ),
    ],
  };
}

/** Whether no value of the column ever arrives: a `bit varying` without length. */
const isNeverCarried = ({ column, condition }: ColumnCondition): boolean =>
  condition.check === 'bit_varying' && column.bits === null;

function findingOf(
  table: SourceTable,
  { column, condition }: ColumnCondition,
  count: string,
  example: string,
  where: string,
): Finding {
  const name = readable(column.name);
  const rows = count === '1' ? '1 row has' : `${count} rows have`;
  const values = `SELECT * FROM ${readableTable(table)} WHERE ${where};`;
  return {
    check: condition.check,
    column: `${nameOf(table)}.${column.name}`,
    what:
      count === '0'
        ? `${readableTable(table)}, column ${name} (${column.type}): the column has no value yet, but every value would have ${condition.what}`
        : `${readableTable(table)}, column ${name} (${column.type}): ${rows} ${condition.what} (${example})`,
    fix: `On the source, change these values (${values}), or: ALTER TABLE ${readableTable(table)} ALTER COLUMN ${name} TYPE text USING ${name}::text;`,
  };
}
