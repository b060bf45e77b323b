/** Counters: AUTO_INCREMENT, or a sequence where the server has them. */
import { tableName } from '../../../schemas/table-name.ts';
import type { ColumnDefinition, Counter, TableDefinition } from '../../types/table.ts';
import type { Flavor } from '../../types/to-mysql/cast.ts';
import { quoted } from '../identifiers.ts';
import type { Report } from './finding.ts';
import type { SequencePlan } from './schema-plan.ts';

/** The column that counts by itself. */
export type AutoIncrement = {
  readonly column: string;
  /** The next value; null if it is unknown. */
  readonly next: string | null;
  /** Whether the column needs a key of its own, because it is not the first one of the primary key. */
  readonly needsKey: boolean;
};

const counterOf = ({ default: value }: ColumnDefinition): Counter | undefined =>
  value?.kind === 'counter' ? value.counter : undefined;

/** The name of a sequence, as a key. */
export const sequenceKey = ({ name }: Counter): string => JSON.stringify(name);

/** How many columns each sequence gives values to. */
export function counterUses(tables: readonly TableDefinition[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const counter of tables.flatMap(({ columns }) => columns.flatMap((column) => counterOf(column) ?? [])))
    uses.set(sequenceKey(counter), (uses.get(sequenceKey(counter)) ?? 0) + 1);
  return uses;
}

/** The AUTO_INCREMENT column of a table, of which there can be one; undefined if none of its counters can be one. */
export function autoIncrement(
  table: TableDefinition,
  uses: ReadonlyMap<string, number>,
  flavor: Flavor,
): AutoIncrement | undefined {
  const first = table.primaryKey?.columns[0];
  const keys = [
    ...table.uniqueKeys.map(({ columns }) => columns[0]),
    ...table.indexes.map(({ parts }) => parts[0]?.column),
  ];
  const found = table.columns.filter((column) => {
    const counter = counterOf(column);
    return counter !== undefined && column.type.kind === 'integer' && isPlain(counter, uses);
  });
  const chosen =
    found.find(({ name }) => name === first) ??
    found.find(({ name }) => keys.includes(name)) ??
    (flavor === 'mysql' ? found[0] : undefined);
  if (chosen === undefined) return undefined;
  return { column: chosen.name, next: counterOf(chosen)?.next ?? null, needsKey: chosen.name !== first };
}

/** AUTO_INCREMENT counts up by one, and no other column shares it. */
const isPlain = (counter: Counter, uses: ReadonlyMap<string, number>): boolean =>
  counter.increment === '1' &&
  !counter.cycle &&
  (uses.get(sequenceKey(counter)) ?? 0) <= 1 &&
  (counter.next === null || BigInt(counter.next) > 0n);

/** The greatest value of a sequence of MariaDB. */
const maxSequence = 9_223_372_036_854_775_806n;
const minSequence = -9_223_372_036_854_775_807n;

/** Plans a sequence of MariaDB that goes on where the source's is. */
export function sequencePlan(counter: Counter, database: string, name: string): SequencePlan {
  const clamp = (value: string) => {
    const number = BigInt(value);
    return number > maxSequence ? maxSequence : number < minSequence ? minSequence : number;
  };
  const start = clamp(counter.next ?? counter.start);
  const bounds = `minvalue ${clamp(counter.min)} maxvalue ${clamp(counter.max)}`;
  return {
    database,
    name,
    create: `create sequence ${quoted(database)}.${quoted(name)} start with ${start} increment by ${counter.increment} ${bounds} nocache ${counter.cycle ? 'cycle' : 'nocycle'} engine=InnoDB`,
  };
}

/** Reports a counter that MySQL cannot have. */
export function reportLostCounter(table: TableDefinition, column: string, report: Report): void {
  report({
    severity: 'warn',
    object: `${tableName(table)}.${column}`,
    what: 'gets no values by itself any more: the application must give them',
    why: 'MySQL has no sequences, and AUTO_INCREMENT is one integer column of a table that counts up by one',
  });
}
