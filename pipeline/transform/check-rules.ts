/**
 * Checks the rules against the tables and columns that exist. A misspelled name would hide nothing, so it is an error before anything is
 * written, unless the rule is optional. Pure: the caller provides the tables.
 */
import { type SourceTable, tableName } from '../../schemas/table-name.ts';
import { didYouMean } from '../did-you-mean.ts';
import { PipelineError } from '../errors.ts';
import { columnsOf } from './condition.ts';
import {
  everyTable,
  isReplicated,
  matchesTable,
  ruleOf,
  type TablePattern,
  type TableRule,
  type TransformConfig,
} from './config.ts';
import { columnMissing } from './row-filter.ts';
import { targetTaken, tryRule } from './transformer.ts';

/** A table whose changes are read. */
export type KnownTable = {
  /** Possible names, the likeliest first: the name of a topic does not show where the schema begins. */
  readonly names: readonly [SourceTable, ...SourceTable[]];
  /** Columns and key from the source's catalogue; null if only the topic is known. */
  readonly described: { readonly columns: readonly string[]; readonly key: readonly string[] } | null;
};

/** The tables to check the rules against. */
export type KnownTables = {
  readonly read: readonly KnownTable[];
  /** Tables of the source whose changes are not read, each with the reason. A rule for one of them has no effect. */
  readonly unread: readonly { readonly table: SourceTable; readonly why: string }[];
};

/** The name as part of a topic: Debezium replaces every character that Kafka does not allow in topics by `_`. */
export const asInTopic = (name: string): string => name.replace(/[^a-zA-Z0-9._-]/g, '_');

/** All problems of the rules, each as an error; empty when the rules fit. */
export function ruleFaults(config: TransformConfig, known: KnownTables): readonly PipelineError[] {
  const patterns = (['include', 'exclude'] as const).flatMap((list) =>
    config[list].flatMap((pattern, i) => patternFaults(`${list}[${i}]`, pattern, known)),
  );
  const rules = config.tables.flatMap((rule, i) => {
    const found = known.read.find((table) => isRuleFor(rule, table));
    if (found) return columnFaults(rule, found);
    return rule.optional ? [] : [unknownTable(`tables[${i}]: no table`, rule.table, known)];
  });
  const faults = [...patterns, ...rules];
  return faults.length > 0 ? faults : [...emptySelection(config, known), ...collisions(config, known)];
}

/** Whether the rule is for this table. */
export const isRuleFor = ({ table }: TableRule, { names, described }: KnownTable): boolean =>
  names.some(({ schema, name }) =>
    described === null
      ? schema === asInTopic(table.schema) && name === asInTopic(table.name)
      : schema === table.schema && name === table.name,
  );

const patternInTopic = (one: TablePattern): TablePattern => ({
  ...one,
  pattern: one.pattern.split('*').map(asInTopic).join('*'),
});

function patternFaults(place: string, one: TablePattern, known: KnownTables): readonly PipelineError[] {
  const inTopic = patternInTopic(one);
  const matches = known.read.some(({ names, described }) =>
    names.some((name) => matchesTable(described === null ? inTopic : one, name)),
  );
  if (matches || one.optional) return [];
  const unread = known.unread.find(({ table }) => matchesTable(one, table));
  const near = didYouMean(one.pattern, namesOf(known));
  return [
    tableMissing(
      `${place}: no table that is read fits '${one.pattern}'`,
      unread ? `; ${describeUnread(unread)}` : near,
    ),
  ];
}

function unknownTable(what: string, table: SourceTable, known: KnownTables): PipelineError {
  const name = tableName(table);
  const unread = known.unread.find((one) => tableName(one.table) === name);
  const why = unread ? `; ${describeUnread(unread)}` : didYouMean(name, namesOf(known));
  return tableMissing(`${what} ${name} is read`, why);
}

const describeUnread = ({ table, why }: KnownTables['unread'][number]): string => `${tableName(table)} ${why}`;

const namesOf = ({ read }: KnownTables): readonly string[] => read.map(({ names: [first] }) => tableName(first));

function columnFaults(rule: TableRule, { described }: KnownTable): readonly PipelineError[] {
  if (described === null) return [];
  const { columns, key } = described;
  const wanted = [
    ...rule.columns.flatMap(({ column, optional }) => (optional ? [] : [column])),
    ...(rule.where === null ? [] : columnsOf(rule.where)),
  ];
  const missing = [...new Set(wanted)].filter((column) => !columns.includes(column));
  if (missing.length > 0)
    return missing.map((column) => columnMissing(tableName(rule.table), column, didYouMean(column, columns)));
  try {
    tryRule(rule, columns, key);
    return [];
  } catch (error) {
    if (error instanceof PipelineError) return [error];
    throw error;
  }
}

/** An error if the rules leave out every table, although they are meant to replicate some. */
function emptySelection(config: TransformConfig, { read }: KnownTables): readonly PipelineError[] {
  const mayBeEmpty = config.include !== everyTable && config.include.some(({ optional }) => optional);
  const [include, exclude] = [config.include.map(patternInTopic), config.exclude.map(patternInTopic)];
  const isLeft = ({ names, described }: KnownTable) =>
    described === null
      ? names.some((table) => isReplicated({ ...config, include, exclude }, table))
      : isReplicated(config, names[0]);
  if (mayBeEmpty || read.length === 0 || read.some(isLeft)) return [];
  return [tableMissing('include and exclude leave out every table that is read', '')];
}

/** An error for every two tables with the same target. */
function collisions(config: TransformConfig, { read }: KnownTables): readonly PipelineError[] {
  const sources = new Map<string, string>();
  return read.flatMap(({ names: [table] }) => {
    if (!isReplicated(config, table)) return [];
    const target = tableName(ruleOf(config, table)?.target ?? table);
    const other = sources.get(target);
    sources.set(target, tableName(table));
    return other === undefined ? [] : [targetTaken(target, other, tableName(table))];
  });
}

const tableMissing = (what: string, why: string): PipelineError =>
  new PipelineError('rule_table_missing', `${what}${why}`, {
    advice: 'Nothing was written. Correct the rules, or add "optional": true to what may be absent.',
  });
