/** Expressions of PostgreSQL after parsing. */

/** The name of a type, such as `timestamp without time zone` or `public.mood`, with its numbers. */
export type TypeName = { readonly name: string; readonly numbers: readonly number[]; readonly isArray: boolean };

export type Expression =
  /** A string literal; `cast` gives it a type. */
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'bits'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: TypeName }
  | { readonly kind: 'unary'; readonly operator: 'not' | '-' | '+'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  /** `IS [NOT] NULL`, `TRUE`, `FALSE` or `UNKNOWN`. */
  | {
      readonly kind: 'is';
      readonly of: Expression;
      readonly what: 'null' | 'true' | 'false' | 'unknown';
      readonly negated: boolean;
    }
  /** `IS DISTINCT FROM`; `negated`: `IS NOT DISTINCT FROM`. */
  | { readonly kind: 'distinct'; readonly left: Expression; readonly right: Expression; readonly negated: boolean }
  /** `= ANY (array)`, or `<> ALL (array)` if `negated`. */
  | { readonly kind: 'in'; readonly of: Expression; readonly array: Expression; readonly negated: boolean }
  | { readonly kind: 'array'; readonly elements: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'case';
      readonly of: Expression | null;
      readonly branches: readonly Branch[];
      readonly otherwise: Expression | null;
    };

/** `WHEN … THEN …`. */
export type Branch = { readonly when: Expression; readonly value: Expression };
