/**
 * Transforms captured changes for the target: tables left out or renamed, rows filtered, columns dropped, renamed, masked or hashed. Old
 * rows and keys are transformed like new rows, so that they leak no hidden value. Pure: the same event gives the same result.
 */
import type { RowEvent, RowShape } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { type SourceTable, tableName } from '../../schemas/table-name.ts';
import { PipelineError } from '../errors.ts';
import { ShapeCache } from '../shape-cache.ts';
import { type ColumnRule, isReplicated, ruleOf, type TableRule, type TransformConfig } from './config.ts';
import { columnMissing, rowFilter } from './row-filter.ts';
import { type RowTransform, rowTransform } from './row-transform.ts';

/** Transforms a change. Returns another change, a rejection, or undefined when the change is deliberately not written. */
export type Transform = (event: RowEvent) => RowEvent | Rejection | undefined;

/** Most tables in the cache. A database with more recomputes them from time to time. */
const maxTables = 10_000;

/**
 * The transformation of these rules. Throws a `PipelineError` if a rule does not fit the events. Continuing would show values that
 * should be hidden, and parking would park everything.
 */
export function transformer(config: TransformConfig): Transform {
  const transforms = new Map<string, Map<string, Transform>>();
  const sources = new Map<string, string>();
  let tables = 0;

  const prepare = (table: SourceTable): Transform => {
    if (tables === maxTables) {
      transforms.clear();
      sources.clear();
      tables = 0;
    }
    tables += 1;
    if (!isReplicated(config, table)) return dropEvent;
    const rule = ruleOf(config, table);
    const target = tableName(rule?.target ?? table);
    const other = sources.get(target);
    if (other !== undefined) throw targetTaken(target, other, tableName(table));
    sources.set(target, tableName(table));
    return rule === undefined ? passUnchanged : tableTransform(rule);
  };

  const cachedTransform = (table: SourceTable): Transform => {
    let ofSchema = transforms.get(table.schema);
    const known = ofSchema?.get(table.name);
    if (known !== undefined) return known;
    const made = prepare(table);
    ofSchema = transforms.get(table.schema) ?? new Map();
    transforms.set(table.schema, ofSchema.set(table.name, made));
    return made;
  };

  return (event) => (event.table === null ? tableMissing : cachedTransform(event.table)(event));
}

const dropEvent: Transform = () => undefined;
const passUnchanged: Transform = (event) => event;
const tableMissing = new Rejection(
  'missing_field',
  'the event does not name its table, so no rule can be found for it',
);

/** The transformation of one table. */
function tableTransform({ table, target, where, columns }: TableRule): Transform {
  const source = tableName(table);
  const filter = where === null ? passUnchanged : rowFilter(where, source);
  const rules = new Map(columns.map((rule) => [rule.column, rule]));
  const keys = new ShapeCache((shape) => keyTransform(shape, rules, source));
  const befores = new ShapeCache((shape) => rowTransform(shape, rules, source));
  const afters = new ShapeCache((shape) => {
    const missing = columns.find(({ column, optional }) => !optional && !shape.columns.includes(column));
    if (missing !== undefined) throw columnMissing(source, missing.column);
    return rowTransform(shape, rules, source);
  });
  return (event) => {
    const change = filter(event);
    if (change === undefined || change instanceof Rejection) return change;
    const { key, before, after, movedFrom } = change;
    return {
      ...change,
      table: target,
      key: key === null ? null : keys.of(key.shape)(key),
      before: before === null ? null : befores.of(before.shape)(before),
      after: after === null ? null : afters.of(after.shape)(after),
      movedFrom: movedFrom === null ? null : keys.of(movedFrom.shape)(movedFrom),
    };
  };
}

/** Throws the errors that the first row of a table with these columns and this key would cause. */
export function tryRule({ table, columns }: TableRule, names: readonly string[], key: readonly string[]): void {
  const rules = new Map(columns.map((rule) => [rule.column, rule]));
  const shapeOf = (columns: readonly string[]): RowShape => ({ columns, fields: null, unclearNulls: [] });
  keyTransform(shapeOf(key), rules, tableName(table));
  rowTransform(shapeOf(names), rules, tableName(table));
}

/** The transformation of a key. A masked key would be the same for all rows, so each would overwrite the others. */
function keyTransform(shape: RowShape, rules: ReadonlyMap<string, ColumnRule>, table: string): RowTransform {
  for (const name of shape.columns) {
    const kind = rules.get(name)?.action.kind;
    if (kind === 'mask' || kind === 'drop') throw keyHidden(table, name, kind);
  }
  return rowTransform(shape, rules, table);
}

const keyHidden = (table: string, column: string, kind: 'mask' | 'drop'): PipelineError =>
  new PipelineError('rule_hides_key', `the rules ${kind} ${column}, which is part of the key of ${table}`, {
    advice: `Rows cannot be identified without it. Hash it instead: {"hash": "sha256", "saltFrom": "…"}.`,
  });

/** The error for two tables with the same target. */
export const targetTaken = (target: string, one: string, other: string): PipelineError =>
  new PipelineError('rule_name_taken', `${one} and ${other} would both be written to ${target}`, {
    advice: 'Rename one of them to something else in the rules.',
  });
