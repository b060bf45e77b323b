/** Columns of a change event that the target table lacks. The source has renamed or added each of them. */
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { type Column, type Definition, isSameType } from './definition.ts';
import { addColumn, createEnum, hasOwnValues, type Quote, renameColumn } from './statements.ts';

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
      statements.push(renameColumn(target.qualified, pair.from.name, column.name, quote));
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

/**
 * A renamed column keeps its type and its place between its neighbours. In a message, dropping a column and adding
 * another looks the same as a rename. The source's catalogue still holds the number of the dropped column.
 */
function findRenamed(target: Definition, source: Definition, missing: readonly Column[]): readonly Renamed[] {
  const names = new Set(source.columns.map(({ name }) => name));
  const known = new Set(target.columns.map(({ name }) => name));
  const unmatched = target.columns.filter(({ name, generated }) => generated === null && !names.has(name));
  const found: Renamed[] = [];
  for (const to of source.columns.filter((one) => missing.includes(one))) {
    const gap = neighbours(source.columns, to, known);
    const from = unmatched.find((one) => {
      const its = neighbours(target.columns, one, names);
      const isTaken = found.some((pair) => pair.from === one);
      return !isTaken && its.before === gap.before && its.after === gap.after && isSameType(one.type, to.type);
    });
    if (from === undefined) continue;
    const floor = source.columns.find(({ name }) => name === gap.before)?.place ?? 0;
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
