/**
 * Row filters: a small set of tests on the texts of a row's cells, combined by all, any and not. Null is a value like any other:
 * it equals only itself, so `notEquals` is true for it. If the event does not carry a value, the result is unknown, unless the other tests
 * decide it.
 */
import { type Cell, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';

/** Selects rows. Plain data. */
export type Condition =
  /** The cell's text is one of these; booleans are `true` and `false`. */
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'null'; readonly column: string }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

/** Whether the condition holds for these cells. Undefined if they lack a value that decides it. */
export type Test = (cells: readonly Cell[]) => boolean | undefined;

/** All columns that the condition tests. */
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

/** Compiles the condition for rows of one shape, which must have its columns. */
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

/** Combines tests. One test with the result `decisive` decides. An unknown one leaves the result unknown, unless a later one decides. */
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
