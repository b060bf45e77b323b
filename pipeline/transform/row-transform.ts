/**
 * Rows of one shape to rows of another: columns dropped, renamed, masked, hashed. What there is to do is worked out once
 * a shape; shapes are the same object for all rows alike, and are forgotten with their schema.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Field, plainField } from '../../formats/debezium/connect-schema.ts';
import { type Cell, type Row, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { PipelineError } from '../errors.ts';
import type { Action, ColumnRule } from './config.ts';

/** Rows to rows. A row without anything to change is answered as it is. */
export type RowTransform = (row: Row) => Row;

/** What becomes of a value that is there. */
type Treat = (value: string) => string | null;

type Column = { readonly at: number; readonly name: string; readonly rule: ColumnRule | undefined };

/** The transformation of rows of one shape. Throws a `PipelineError` when two columns would get one name. */
export function rowTransform(shape: RowShape, rules: ReadonlyMap<string, ColumnRule>, table: string): RowTransform {
  if (!shape.columns.some((name) => rules.has(name))) return (row) => row;
  const columns = shape.columns.flatMap((source, at): Column[] => {
    const rule = rules.get(source);
    return rule?.action.kind === 'drop' ? [] : [{ at, name: rule?.target ?? source, rule }];
  });
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw renamedOnto(table, twice);
  const target: RowShape = {
    columns: names,
    fields: shape.fields === null ? null : columns.flatMap((column) => fieldOf(column, shape.fields?.[column.at])),
    unclearNulls: columns.flatMap(({ at, rule }, i) =>
      shape.unclearNulls.includes(at) && !isNulled(rule?.action) ? [i] : [],
    ),
  };
  const places = columns.map(({ at }) => at);
  const treats = columns.map(({ rule }) => treatOf(rule?.action));
  if (places.length === shape.columns.length && treats.every((treat) => treat === null)) {
    return ({ cells }) => ({ shape: target, cells });
  }
  return ({ cells: from }) => {
    const cells: Cell[] = new Array(places.length);
    for (let i = 0; i < places.length; i += 1) cells[i] = treated(from[places[i] ?? 0] ?? null, treats[i] ?? null);
    return { shape: target, cells };
  };
}

function treated(cell: Cell, treat: Treat | null): Cell {
  if (treat === null || cell === null || cell === unchanged) return cell;
  return treat(typeof cell === 'string' ? cell : String(cell));
}

const isNulled = (action: Action | undefined): boolean => action?.kind === 'mask' && action.text === null;

function treatOf(action: Action | undefined): Treat | null {
  switch (action?.kind) {
    case 'mask': {
      const { text } = action;
      return () => text;
    }
    case 'hash':
      return hashing(createSecretKey(Buffer.from(action.salt)));
    default:
      return null;
  }
}

const hashing =
  (key: KeyObject): Treat =>
  (value) =>
    createHmac('sha256', key).update(value).digest('hex');

const declaredText: Field['parameters'] = new Map([['__debezium.source.column.type', 'TEXT']]);

/** What the schema says of the column as it is now: a hash or a mask is a text, whatever the value was. */
function fieldOf({ name, rule }: Column, field: Field | undefined): Field[] {
  if (field === undefined) return [];
  if (isNulled(rule?.action)) return [{ ...field, name, optional: true, default: undefined }];
  const kind = rule?.action.kind;
  if (kind === 'mask' || kind === 'hash') {
    return [plainField(name, 'string', { optional: field.optional, parameters: declaredText })];
  }
  return [{ ...field, name }];
}

const renamedOnto = (table: string, column: string): PipelineError =>
  new PipelineError('rule_name_taken', `${table}: two columns would be called ${column}`, {
    advice: `Drop or rename the other ${column} in the rules, too.`,
  });
