/**
 * Changes as they were captured to changes as the target may see them: tables left out or renamed, rows filtered, columns
 * dropped, renamed, masked or hashed. Old rows and keys get the same treatment as new ones, so that nothing hidden leaks
 * through them. Pure: the same event gives the same result.
 */
import type { RowEvent, RowShape } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { type SourceTable, tableName } from '../../schemas/table-name.ts';
import { PipelineError } from '../errors.ts';
import { ShapeCache } from '../shape-cache.ts';
import { type ColumnRule, isReplicated, ruleOf, type TableRule, type TransformConfig } from './config.ts';
import { columnMissing, rowFilter } from './row-filter.ts';
import { type RowTransform, rowTransform } from './row-transform.ts';

/** What becomes of a change: another one, a refusal, or nothing when it is deliberately not written. */
export type Transform = (event: RowEvent) => RowEvent | Rejection | undefined;

/** Tables remembered; a database with more works them out again now and then. */
const maxTables = 10_000;

/**
 * The transformation of these rules. It throws a `PipelineError` where a rule cannot be meant as it is written; going on
 * would show what should be hidden, and parking would park everything.
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
    if (!isReplicated(config, table)) return leftOut;
    const rule = ruleOf(config, table);
    const target = tableName(rule?.target ?? table);
    const other = sources.get(target);
    if (other !== undefined) throw targetTaken(target, other, tableName(table));
    sources.set(target, tableName(table));
    return rule === undefined ? asItIs : tableTransform(rule);
  };

  const remembered = (table: SourceTable): Transform => {
    let ofSchema = transforms.get(table.schema);
    const known = ofSchema?.get(table.name);
    if (known !== undefined) return known;
    const made = prepare(table);
    ofSchema = transforms.get(table.schema) ?? new Map();
    transforms.set(table.schema, ofSchema.set(table.name, made));
    return made;
  };

  return (event) => (event.table === null ? nameless : remembered(event.table)(event));
}

const leftOut: Transform = () => undefined;
const asItIs: Transform = (event) => event;
const nameless = new Rejection('missing_field', 'the event does not name its table, so no rule can be found for it');

/** The transformation of one table. */
function tableTransform({ table, target, where, columns }: TableRule): Transform {
  const source = tableName(table);
  const filter = where === null ? asItIs : rowFilter(where, source);
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

/** Throws what the transformation would throw at the first row of a table with these columns and this key. */
export function tryRule({ table, columns }: TableRule, names: readonly string[], key: readonly string[]): void {
  const rules = new Map(columns.map((rule) => [rule.column, rule]));
  const shapeOf = (columns: readonly string[]): RowShape => ({ columns, fields: null, unclearNulls: [] });
  keyTransform(shapeOf(key), rules, tableName(table));
  rowTransform(shapeOf(names), rules, tableName(table));
}

/** A key that is masked is the same for all rows: each would overwrite the others. */
function keyTransform(shape: RowShape, rules: ReadonlyMap<string, ColumnRule>, table: string): RowTransform {
  for (const name of shape.columns) {
    const kind = rules.get(name)?.action.kind;
    if (kind === 'mask' || kind === 'drop') throw keyHidden(table, name, kind);
  }
  return rowTransform(shape, rules, table);
}

const keyHidden = (table: string, column: string, kind: 'mask' | 'drop'): PipelineError =>
  new PipelineError('rule_hides_key', `the rules ${kind} ${column}, which is part of the key of ${table}`, {
    advice: `Without it rows cannot be told apart. Hash it instead: {"hash": "sha256", "saltFrom": "…"}.`,
  });

/** Two tables that the rules write to one. */
export const targetTaken = (target: string, one: string, other: string): PipelineError =>
  new PipelineError('rule_name_taken', `${one} and ${other} would both be written to ${target}`, {
    advice: 'Rename one of them to something else in the rules.',
  });
