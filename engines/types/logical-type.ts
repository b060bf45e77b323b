/** The types of columns, independent of the database product. Each engine maps its own types to them. */

/** A column's type. */
export type LogicalType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 24 | 32 | 64; readonly unsigned: boolean }
  /** Without precision it has any number of digits. A negative scale rounds to tens or hundreds. */
  | { readonly kind: 'decimal'; readonly precision: number | null; readonly scale: number }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** `limit` in characters, null without one. `padded` is CHAR(n), whose trailing spaces have no meaning. */
  | { readonly kind: 'text'; readonly limit: number | null; readonly padded: boolean }
  /** `limit` in bytes, null without one. */
  | { readonly kind: 'bytes'; readonly limit: number | null }
  /** A string of bits; `length` is the most if it is `varying`, null without a limit. */
  | { readonly kind: 'bits'; readonly length: number | null; readonly varying: boolean }
  | { readonly kind: 'date' }
  /** `precision`: digits of a fraction of a second. */
  | { readonly kind: 'time'; readonly precision: number; readonly zoned: boolean }
  | { readonly kind: 'timestamp'; readonly precision: number; readonly zoned: boolean }
  | { readonly kind: 'interval' }
  | { readonly kind: 'uuid' }
  /** `binary` keeps the value and not its text. */
  | { readonly kind: 'json'; readonly binary: boolean }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'array'; readonly element: LogicalType }
  | { readonly kind: 'composite'; readonly fields: readonly { readonly name: string; readonly type: LogicalType }[] }
  /** Text keys with text values, such as hstore. */
  | { readonly kind: 'map' }
  /** An amount in the currency of the server's locale. */
  | { readonly kind: 'money' }
  /** Any other type. Its values have a text that the source reads again, such as `inet`, `int4range` or `xml`. */
  | { readonly kind: 'other'; readonly name: string };

/** A kind of type. */
export type LogicalKind = LogicalType['kind'];
