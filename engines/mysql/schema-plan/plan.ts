/** Plans the schema of a MySQL or MariaDB for the tables of a PostgreSQL. Pure: it reads no server. */
import { tableName } from '../../../schemas/table-name.ts';
import type { TableDefinition } from '../../types/table.ts';
import { exactCollation } from '../collation.ts';
import { quoted } from '../identifiers.ts';
import { reportCasts } from './cast-findings.ts';
import { checkClauses, reportExcludes } from './checks.ts';
import { type TypedTable, type TypedTables, typedTables } from './column-types.ts';
import { columnPlan } from './columns.ts';
import { commentClause, maxTableComment } from './comments.ts';
import { autoIncrement, counterUses, reportLostCounter, sequenceKey, sequencePlan } from './counters.ts';
import { databaseOf } from './databases.ts';
import { bySeverity, type Finding, type Report } from './finding.ts';
import { changedByKeys, foreignKeys } from './foreign-keys.ts';
import type { ScopeColumns } from './from-postgres/translate.ts';
import { plannedIndexes, reportKey } from './indexes.ts';
import { Names } from './names.ts';
import { fitRow } from './row-size.ts';
import type { PlanOptions, SchemaPlan, SequencePlan, TablePlan } from './schema-plan.ts';
import { keyBytes, maxKeyBytes } from './sql-type.ts';
import { reportTable } from './table-findings.ts';

/** Plans databases, sequences, tables, indexes and foreign keys, with a finding for all that is not carried exactly. */
export function planSchema(tables: readonly TableDefinition[], options: PlanOptions): SchemaPlan {
  const findings: Finding[] = [];
  const plan = new Planner(tables, options, (finding) => findings.push(finding));
  const planned = tables.map((table) => plan.table(table));
  const sequences = plan.otherSequences();
  return {
    flavor: options.flavor,
    databases: plan.databases().map((name) => ({
      name,
      create: `create database if not exists ${quoted(name)} character set utf8mb4 collate ${exactCollation[options.flavor]}`,
    })),
    sequences,
    tables: planned,
    findings: bySeverity(findings),
  };
}

type Place = { readonly database: string; readonly name: string };

/** The names that are taken in one database. */
type Scope = { readonly relations: Names; readonly checks: Names; readonly foreignKeys: Names };

class Planner {
  readonly #options: PlanOptions;
  readonly #report: Report;
  readonly #typed: TypedTables;
  readonly #uses: ReadonlyMap<string, number>;
  readonly #databases = new Map<string, string>();
  readonly #scopes = new Map<string, Scope>();
  readonly #places = new Map<string, Place>();
  readonly #sequences = new Map<string, SequencePlan>();
  /** Sequences that a column has, by AUTO_INCREMENT or by its default. */
  readonly #counters = new Set<string>();

  constructor(tables: readonly TableDefinition[], options: PlanOptions, report: Report) {
    this.#options = options;
    this.#report = report;
    this.#typed = typedTables(tables, options);
    this.#uses = counterUses(tables);
    // Foreign keys refer to tables that are planned later.
    for (const table of tables) this.#places.set(tableName(table), this.#placeOf(table));
  }

  /** Those of the schemas, and the one of the address, in which a load or a replication opens its sessions. */
  databases(): readonly string[] {
    return [...new Set([this.#options.database, ...this.#databases.values()])].sort();
  }

  table(table: TableDefinition): TablePlan {
    const report = this.#report;
    const place = this.#place(tableName(table));
    const { flavor } = this.#options;
    const { checks, foreignKeys: keyNames } = this.#scope(place.database);
    const fitting = fitRow(this.#typed.get(tableName(table)) ?? { table, columns: new Map() }, report);
    const { typed } = fitting;
    reportTable(table, report);
    reportCasts(typed, report);
    reportExcludes(table, report);
    const counting = autoIncrement(table, this.#uses, flavor);
    const scope = scopeOf(typed, counting?.column);
    const { indexes, helpers } = plannedIndexes(typed, { flavor, scope, report });
    const primaryKey = this.#primaryKey(typed);
    const inKeys = new Set([...primaryKey, ...table.foreignKeys.flatMap(({ columns }) => columns)]);
    const columns = [...typed.columns.values()].map((column) =>
      columnPlan(column, {
        flavor,
        scope,
        report,
        object: `${tableName(table)}.${column.definition.name}`,
        isInKey: inKeys.has(column.definition.name),
        counter:
          column.definition.name === counting?.column
            ? { kind: 'auto_increment' }
            : this.#sequenceOf(table, column.definition.name),
      }),
    );
    const clauses = [
      ...[...columns, ...helpers].map(({ clause }) => clause),
      ...(primaryKey.length === 0 ? [] : [`primary key (${primaryKey.map(quoted).join(', ')})`]),
      ...(counting?.needsKey ? [`key ${quoted(`${counting.column}_counter`)} (${quoted(counting.column)})`] : []),
      ...checkClauses(fitting, {
        flavor,
        scope,
        names: checks,
        changedByKeys: changedByKeys(table),
        report,
      }),
    ];
    const comment = commentClause(table.comment, maxTableComment, tableName(table), report);
    const next = counting?.next ?? null;
    return {
      source: { schema: table.schema, name: table.name },
      ...place,
      columns: [...columns, ...helpers],
      primaryKey,
      create:
        `create table ${quoted(place.database)}.${quoted(place.name)} (\n  ${clauses.join(',\n  ')}\n) engine=InnoDB` +
        `${next === null ? '' : ` auto_increment=${next}`} default character set utf8mb4 collate ${exactCollation[flavor]}` +
        `${comment === '' ? '' : ` comment=${comment}`}`,
      indexes,
      foreignKeys: foreignKeys(typed, {
        tables: this.#typed,
        placeOf: (name) => this.#places.get(name),
        names: keyNames,
        report,
      }),
    };
  }

  /** Sequences of columns, and those that no column has. */
  otherSequences(): readonly SequencePlan[] {
    for (const counter of this.#options.sequences) {
      if (this.#counters.has(sequenceKey(counter)) || counter.name === null) continue;
      if (this.#options.flavor === 'mariadb') this.#planSequence(counter);
      else
        this.#report({
          severity: 'warn',
          object: `sequence ${counter.name.join('.')}`,
          what: 'is not carried',
          why: 'MySQL has no sequences',
        });
    }
    return [...this.#sequences.values()];
  }

  #primaryKey({ table, columns }: TypedTable): readonly string[] {
    const key = table.primaryKey;
    if (key === null) return [];
    reportKey(table, key, this.#report);
    const sizes = key.columns.map((name) => keyBytes(columns.get(name)?.sqlType ?? ''));
    const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? maxKeyBytes + 1), 0);
    if (bytes <= maxKeyBytes) return key.columns;
    this.#report({
      severity: 'block',
      object: `${tableName(table)}: ${key.name}`,
      what: 'is not carried: the table has no primary key',
      why: `its columns have more than ${maxKeyBytes} bytes, by their types or by the longest values in them`,
    });
    return [];
  }

  /** How the counter of a column is carried by a sequence; null if it has none. */
  #sequenceOf(table: TableDefinition, name: string): { readonly kind: 'sequence'; readonly name: string } | null {
    const column = table.columns.find((one) => one.name === name);
    if (column?.default?.kind !== 'counter') return null;
    if (this.#options.flavor === 'mysql' || !['integer', 'decimal'].includes(column.type.kind)) {
      reportLostCounter(table, name, this.#report);
      return null;
    }
    const { counter } = column.default;
    const sequence = this.#planSequence({
      ...counter,
      name: counter.name ?? [table.schema, `${table.name}_${name}_seq`],
    });
    return { kind: 'sequence', name: `${quoted(sequence.database)}.${quoted(sequence.name)}` };
  }

  #planSequence(counter: PlanOptions['sequences'][number]): SequencePlan {
    const key = sequenceKey(counter);
    const [schema, name] = counter.name ?? ['public', 'sequence'];
    const database = this.#database(schema);
    const found =
      this.#sequences.get(key) ?? sequencePlan(counter, database, this.#scope(database).relations.take(name, schema));
    this.#sequences.set(key, found);
    this.#counters.add(key);
    return found;
  }

  #placeOf(table: TableDefinition): Place {
    const database = this.#database(table.schema);
    const name = this.#scope(database).relations.take(table.name, table.schema);
    if (name !== table.name)
      this.#report({
        severity: 'warn',
        object: tableName(table),
        what: `is named ${name} in the target`,
        why: `its name is taken in the database ${database}, too long, or ends with a space`,
      });
    for (const { default: value } of table.columns)
      if (value?.kind === 'counter') this.#counters.add(sequenceKey(value.counter));
    return { database, name };
  }

  #place(name: string): Place {
    const found = this.#places.get(name);
    if (found === undefined) throw new Error(`${name} has no place in the target`);
    return found;
  }

  #database(schema: string): string {
    const found = this.#databases.get(schema) ?? databaseOf(schema, this.#options, this.#report);
    this.#databases.set(schema, found);
    return found;
  }

  #scope(database: string): Scope {
    const key = this.#options.foldsTableNames ? database.toLowerCase() : database;
    const found = this.#scopes.get(key) ?? {
      relations: new Names(this.#options.foldsTableNames),
      checks: new Names(),
      foreignKeys: new Names(),
    };
    this.#scopes.set(key, found);
    return found;
  }
}

/** The columns that expressions of a table may name. */
const scopeOf = ({ columns }: TypedTable, counting: string | undefined): ScopeColumns =>
  new Map(
    [...columns].map(([name, { definition, target }]) => [
      name,
      {
        name,
        sql: quoted(name),
        type: definition.type,
        folding: definition.folding,
        isPlain: !(definition.type.kind === 'uuid' && target.policies.uuid === 'binary'),
        refusal: name === counting ? `no expression of a table may name its AUTO_INCREMENT column ${name}` : null,
      },
    ]),
  );
