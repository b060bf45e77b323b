/**
 * Row filters: a small set of tests on the texts of a row's cells, combined by all, any and not. Null is a value like any
 * other here: it equals nothing but itself, so `notEquals` is true of it. A value that the event does not carry makes
 * the answer unknown, unless the other tests decide it.
 */
import { type Cell, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';

/** Which rows. Plain data. */
export type Condition =
  /** The cell's text is one of these; booleans are `true` and `false`. */
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'null'; readonly column: string }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

/** Whether it holds for these cells; undefined when they do not carry what decides it. */
export type Test = (cells: readonly Cell[]) => boolean | undefined;

/** All columns that it asks for. */
export function columnsOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'in':
    case 'null':
      return [condition.column];
    case 'all':
    case 'any':
      return condition.of.flatMap(columnsOf);
    case 'not':
      return columnsOf(condition.of);
  }
}

/** The condition for rows of one shape, which must have its columns. */
export function bind(condition: Condition, shape: RowShape): Test {
  switch (condition.kind) {
    case 'in': {
      const at = shape.columns.indexOf(condition.column);
      const values = new Set<Cell>(condition.values);
      return (cells) => {
        const cell = cells[at] ?? null;
        if (cell === unchanged) return undefined;
        return values.has(typeof cell === 'boolean' ? String(cell) : cell);
      };
    }
    case 'null': {
      const at = shape.columns.indexOf(condition.column);
      return (cells) => (cells[at] === unchanged ? undefined : (cells[at] ?? null) === null);
    }
    case 'not': {
      const test = bind(condition.of, shape);
      return (cells) => {
        const holds = test(cells);
        return holds === undefined ? undefined : !holds;
      };
    }
    case 'all':
    case 'any':
      return combined(
        condition.of.map((one) => bind(one, shape)),
        condition.kind === 'any',
      );
  }
}

/** One test with the answer `decisive` decides; one that is unknown leaves it open, unless a later one decides. */
function combined(tests: readonly Test[], decisive: boolean): Test {
  return (cells) => {
    let answer: boolean | undefined = !decisive;
    for (const test of tests) {
      const holds = test(cells);
      if (holds === decisive) return decisive;
      if (holds === undefined) answer = undefined;
    }
    return answer;
  };
}
