/**
 * Reads the file of rules. Anything invalid or ambiguous is an error with its path in the file, because a misspelled rule must not let a
 * secret through.
 */
import {
  describe,
  elementsOf,
  expectTrue,
  membersOf,
  type Node,
  refuse,
  textOf,
} from '../../formats/json/strict-json.ts';
import { parseTableName, type SourceTable, tableName } from '../../schemas/table-name.ts';
import {
  type Action,
  type ColumnRule,
  everyTable,
  isReplicated,
  matchingPattern,
  type TablePattern,
  type TableRule,
  type TransformConfig,
} from './config.ts';
import { knownMembers, readConfig } from './config-file.ts';
import { parseCondition } from './parse-condition.ts';

/** Values that `saltFrom` names, such as the environment. */
export type Secrets = { readonly [name: string]: string | undefined };

const rulesFile = {
  code: 'rules_invalid',
  what: 'the rules',
  advice: 'docs/guides/table-rules.md has every member of the file with its meaning.',
} as const;

/** Reads the rules. Throws a `PipelineError`, exit code 2, with the path of what is wrong. */
export const parseTransformConfig = (text: string, secrets: Secrets): TransformConfig =>
  readConfig(text, rulesFile, (root) => transformConfig(root, secrets));

function transformConfig(file: Node, secrets: Secrets): TransformConfig {
  const root = knownMembers(file, 'an object', ['include', 'exclude', 'tables']);
  const include = patterns(root.get('include')) ?? everyTable;
  const exclude = patterns(root.get('exclude')) ?? [];
  if (include.length === 0) throw refuse('include', 'with an empty list nothing is replicated');
  const tables = root.get('tables');
  const config = { include, exclude, tables: tables === undefined ? [] : tableRules(tables, secrets) };
  config.tables.forEach(({ table }, i) => {
    if (isReplicated(config, table)) return;
    const by = matchingPattern(exclude, table);
    const why = by === undefined ? 'include does not have it' : `exclude has '${by}'`;
    throw refuse(`tables[${i}].table`, `${tableName(table)} is not replicated, so it needs no rule: ${why}`);
  });
  return config;
}

function patterns(node: Node | undefined): readonly TablePattern[] | undefined {
  return node && elementsOf(node, 'a list of tables, such as ["public.*"]').map(patternOf);
}

/** A pattern, or an object with a pattern that may match no table. */
function patternOf(node: Node): TablePattern {
  if (!(node.value instanceof Map)) return { pattern: patternText(node), optional: false };
  const members = knownMembers(node, 'an object', ['table', 'optional']);
  const table = members.get('table');
  if (table === undefined) throw refuse(node.path, 'table is required');
  return { pattern: patternText(table), optional: optionalOf(members) };
}

function patternText(node: Node): string {
  const pattern = textOf(node, 'schema.table, * for any text');
  if (pattern !== '*' && !pattern.includes('.'))
    throw refuse(node.path, `'${pattern}' has no schema: public.${pattern}`);
  return pattern;
}

function optionalOf(members: ReadonlyMap<string, Node>): boolean {
  const optional = members.get('optional');
  return optional === undefined ? false : expectTrue(optional);
}

/** All rules. No two may be for the same table, or have the same target. */
function tableRules(node: Node, secrets: Secrets): readonly TableRule[] {
  const nodes = elementsOf(node, 'a list of rules');
  const rules = nodes.map((one) => tableRule(one, secrets));
  for (const [name, of] of [
    ['table', 'table'],
    ['rename', 'target'],
  ] as const) {
    rules.forEach((rule, i) => {
      const first = rules.findIndex((other) => tableName(other[of]) === tableName(rule[of]));
      if (first < i) throw refuse(`tables[${i}].${name}`, `tables[${first}] already has ${tableName(rule[of])}`);
    });
  }
  return rules;
}

function tableRule(node: Node, secrets: Secrets): TableRule {
  const members = knownMembers(node, 'an object', ['table', 'rename', 'where', 'columns', 'optional']);
  const name = members.get('table');
  if (name === undefined) throw refuse(node.path, 'table is required');
  if (!['rename', 'where', 'columns'].some((member) => members.has(member)))
    throw refuse(node.path, 'expected rename, where or columns beside table');
  const table = oneTable(name);
  const [rename, where, columns] = [members.get('rename'), members.get('where'), members.get('columns')];
  return {
    table,
    target: rename === undefined ? table : oneTable(rename),
    where: where === undefined ? null : parseCondition(where),
    columns: columns === undefined ? [] : columnRules(columns, secrets),
    optional: optionalOf(members),
  };
}

/** One table. */
function oneTable(node: Node): SourceTable {
  const text = textOf(node, 'schema.table');
  const table = parseTableName(text);
  if (!table) throw refuse(node.path, `expected schema.table, got '${text}'`);
  if (text.includes('*')) throw refuse(node.path, `a rule is for one table, '${text}' may be several`);
  return table;
}

function columnRules(node: Node, secrets: Secrets): readonly ColumnRule[] {
  const members = membersOf(node, 'an object with a member for each column');
  const rules = [...members].map(([column, rule]) => columnRule(column, rule, secrets));
  for (const [i, { target, column, action }] of rules.entries()) {
    if (action.kind === 'drop') continue;
    const first = rules.findIndex((other) => other.action.kind !== 'drop' && other.target === target);
    if (first < i)
      throw refuse(members.get(column)?.path ?? '', `column ${rules[first]?.column} is also called ${target}`);
  }
  return rules;
}

const forms = '"drop", {"mask": "***"}, {"hash": "sha256", "saltFrom": "NAME"} or {"rename": "name"}';

function columnRule(column: string, node: Node, secrets: Secrets): ColumnRule {
  if (node.value === 'drop') return { column, target: column, action: { kind: 'drop' }, optional: false };
  if (!(node.value instanceof Map)) throw refuse(node.path, `expected ${forms}, got ${describe(node.value)}`);
  const members = knownMembers(node, forms, ['drop', 'mask', 'hash', 'saltFrom', 'rename', 'optional']);
  const [action, ...others] = ['drop', 'mask', 'hash'].filter((name) => members.has(name));
  if (others.length > 0) throw refuse(node.path, `${action} and ${others[0]}: only one of them`);
  const rename = members.get('rename');
  if (action === undefined && rename === undefined) throw refuse(node.path, `expected ${forms}`);
  if (action === 'drop' && rename !== undefined) throw refuse(rename.path, 'a column that is dropped has no name');
  if (action !== 'hash' && members.has('saltFrom')) throw refuse(`${node.path}.saltFrom`, 'only a hash has a salt');
  return {
    column,
    target: rename === undefined ? column : textOf(rename, 'the name of a column'),
    action: actionOf(node, members, secrets),
    optional: optionalOf(members),
  };
}

function actionOf(node: Node, members: ReadonlyMap<string, Node>, secrets: Secrets): Action {
  const [drop, mask, hash] = [members.get('drop'), members.get('mask'), members.get('hash')];
  if (drop !== undefined) {
    expectTrue(drop);
    return { kind: 'drop' };
  }
  if (mask !== undefined) {
    if (mask.value !== null && typeof mask.value !== 'string') {
      throw refuse(mask.path, `expected a text or null, got ${describe(mask.value)}`);
    }
    return { kind: 'mask', text: mask.value };
  }
  if (hash === undefined) return { kind: 'keep' };
  if (hash.value !== 'sha256') throw refuse(hash.path, `expected 'sha256', got ${describe(hash.value)}`);
  return { kind: 'hash', salt: saltOf(node, members.get('saltFrom'), secrets) };
}

/** A hash needs a salt: without one, anybody who knows a value can compute its hash and find it. */
function saltOf({ path }: Node, from: Node | undefined, secrets: Secrets): string {
  if (from === undefined) throw refuse(path, 'a hash needs "saltFrom", the environment variable with its salt');
  const name = textOf(from, 'the name of an environment variable');
  const salt = secrets[name];
  if (salt === undefined || salt === '') throw refuse(from.path, `the environment variable ${name} is not set`);
  return salt;
}
