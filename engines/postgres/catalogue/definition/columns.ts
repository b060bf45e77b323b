/** Columns of a change event that the target table lacks. The source has renamed or added each of them. */
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { type Column, type Definition, isSameType } from './definition.ts';
import { addColumn, alterType, createEnum, hasOwnValues, type Quote, renameColumn } from './statements.ts';

/** A column that the source has renamed: as the target has it, and as the source has it. */
type Renamed = { readonly from: Column; readonly to: Column };

/**
 * The misfit of the missing columns, with the statements that add or rename them.
 * @param names columns that the target lacks.
 * @param source the definition in the source's catalogue, or in the message.
 */
export function missingColumns(
  target: Definition,
  source: Definition,
  names: readonly string[],
  quote: Quote,
): Omit<Misfit, 'table'> {
  const missing = names.map((name) => source.columns.find((one) => one.name === name) ?? unknownColumn(name));
  const renamed = findRenamed(target, source, missing);
  const byMessage = source.partitions === null;
  const statements: string[] = [];
  const notes: string[] = [];
  const ownEnums = new Set(target.columns.map((one) => one.enum?.type));
  for (const column of missing) {
    const pair = renamed.find(({ to }) => to === column);
    if (pair) {
      statements.push(...rename(target, pair, quote));
      if (byMessage)
        notes.push(
          `If ${pair.from.name} was not renamed but dropped, and ${column.name} added: ${addColumn(target.qualified, column, quote).join(' ')}`,
        );
      continue;
    }
    if (column.enum !== null && !byMessage && !ownEnums.has(column.enum.type)) {
      ownEnums.add(column.enum.type);
      notes.push(`Where the target lacks the type ${column.enum.type}, run this first: ${createEnum(column.enum)}`);
    }
    statements.push(...addColumn(target.qualified, column, quote));
    // At the end of a table both look alike; a column that only the target has stands there, too.
    const [from] = candidates(target, source, column).filter((one) => !renamed.some((other) => other.from === one));
    if (from !== undefined && !byMessage)
      notes.push(
        `If ${column.name} was not added but renamed from ${from.name}, run this instead: ${rename(target, { from, to: column }, quote).join(' ')}`,
      );
    if (byMessage && column.expression === null)
      notes.push(
        `Give ${column.name} the DEFAULT that it has at the source, if any: older rows have that value there.`,
      );
    if (hasOwnValues(column))
      notes.push(
        `Older rows have different values in ${column.name}, which no event carries: take a snapshot of the table afterwards.`,
      );
  }
  const said = renamed.map(({ from, to }) => ` (${from.name} was renamed to ${to.name})`).join('');
  return {
    reason: `it has no column ${names.map((name) => `"${name}"`).join(', ')}${said}`,
    statements,
    note: notes.length === 0 ? null : notes.join('\n  '),
  };
}

/** A column of which only the name is known. */
const unknownColumn = (name: string): Column => ({
  name,
  type: null,
  baseType: null,
  collation: null,
  notNull: false,
  expression: null,
  identity: null,
  generated: null,
  place: Number.MAX_SAFE_INTEGER,
  missing: null,
  enum: null,
  domain: null,
});

const rename = ({ qualified }: Definition, { from, to }: Renamed, quote: Quote): readonly string[] => [
  renameColumn(qualified, from.name, to.name, quote),
  ...(isSameType(from.type, to.type) ? [] : [alterType(qualified, { ...from, name: to.name }, to, quote)]),
];

/** Columns of the target that the source does not have any more, and that stand where this one does. */
function candidates(target: Definition, source: Definition, column: Column): readonly Column[] {
  const names = new Set(source.columns.map(({ name }) => name));
  const gap = neighbours(source.columns, column, new Set(target.columns.map(({ name }) => name)));
  return target.columns.filter((one) => {
    if (one.generated !== null || names.has(one.name)) return false;
    const its = neighbours(target.columns, one, names);
    return its.before === gap.before && its.after === gap.after;
  });
}

/**
 * A renamed column keeps its place between its neighbours, and an added column is the last. A missing column between others was
 * therefore renamed, whatever its type is now, and unused numbers in the source's catalogue belong to columns dropped beside it. In
 * a message, dropping the last column and adding another looks the same as a rename; the catalogue still holds the dropped number.
 */
function findRenamed(target: Definition, source: Definition, missing: readonly Column[]): readonly Renamed[] {
  const known = new Set(target.columns.map(({ name }) => name));
  const found: Renamed[] = [];
  for (const to of source.columns.filter((one) => missing.includes(one))) {
    const gap = neighbours(source.columns, to, known);
    const placeOf = (neighbour: string) => source.columns.find(({ name }) => name === neighbour)?.place ?? 0;
    const floor = gap.before === undefined ? 0 : placeOf(gap.before);
    const there = candidates(target, source, to);
    const places = gap.after === undefined ? 0 : placeOf(gap.after) - floor - 1;
    const isFree = (one: Column) => !found.some((pair) => pair.from === one) && isSameType(one.type, to.type);
    const from = places === there.length ? there[to.place - floor - 1] : there.find(isFree);
    if (from === undefined) continue;
    const mayBeAdded = gap.after === undefined && source.dropped.some((place) => place > floor && place < to.place);
    if (!mayBeAdded) found.push({ from, to });
  }
  return found;
}

/** The nearest columns before and after it that both sides have. */
function neighbours(columns: readonly Column[], column: Column, others: ReadonlySet<string>) {
  const at = columns.indexOf(column);
  return {
    before: columns.slice(0, at).findLast(({ name }) => others.has(name))?.name,
    after: columns.slice(at + 1).find(({ name }) => others.has(name))?.name,
  };
}
