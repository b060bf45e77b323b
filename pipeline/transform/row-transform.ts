/**
 * Transforms rows of one shape into rows of another: columns dropped, renamed, masked, hashed. The work is planned once per shape. Rows
 * with the same columns share one shape object, which is discarded with its schema.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type Field, plainField } from '../../formats/debezium/connect-schema.ts';
import { type Cell, type Row, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { PipelineError } from '../errors.ts';
import type { Action, ColumnRule } from './config.ts';

/** Transforms a row. Returns the same row if nothing changes. */
export type RowTransform = (row: Row) => Row;

/** Converts a value that is not null. */
type Convert = (value: string) => string | null;

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
  const converts = columns.map(({ rule }) => conversionOf(rule?.action));
  if (places.length === shape.columns.length && converts.every((convert) => convert === null)) {
    return ({ cells }) => ({ shape: target, cells });
  }
  return ({ cells: from }) => {
    const cells: Cell[] = new Array(places.length);
    for (let i = 0; i < places.length; i += 1) cells[i] = converted(from[places[i] ?? 0] ?? null, converts[i] ?? null);
    return { shape: target, cells };
  };
}

function converted(cell: Cell, convert: Convert | null): Cell {
  if (convert === null || cell === null || cell === unchanged) return cell;
  return convert(typeof cell === 'string' ? cell : String(cell));
}

const isNulled = (action: Action | undefined): boolean => action?.kind === 'mask' && action.text === null;

function conversionOf(action: Action | undefined): Convert | null {
  switch (action?.kind) {
    case 'mask': {
      const { text } = action;
      return () => text;
    }
    case 'hash':
      return hashWith(createSecretKey(Buffer.from(action.salt)));
    default:
      return null;
  }
}

const hashWith =
  (key: KeyObject): Convert =>
  (value) =>
    createHmac('sha256', key).update(value).digest('hex');

const declaredText: Field['parameters'] = new Map([['__debezium.source.column.type', 'TEXT']]);

/** The schema of the transformed column. A hash or a mask is always a text. */
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
    advice: `Drop or rename the other ${column} in the rules as well.`,
  });
