/**
 * The map file (`--map map.json`): which field of your records fills which field of the user event. A mistake is an error
 * with its path in the file, before any record is read.
 */
import { readFile } from 'node:fs/promises';
import { findFile } from '../../adapters/file/find-file.ts';
import { epochUnits } from '../../formats/flat/epoch-time.ts';
import type { CsvLayout, FieldRule, UserMap } from '../../formats/flat/mapped/user-map.ts';
import { eventOf } from '../../formats/flat/parse-user-event.ts';
import { describe, elementsOf, membersOf, type Node, refuse, textOf } from '../../formats/json/strict-json.ts';
import { JsonNumber } from '../../formats/json/value.ts';
import { didYouMean } from '../../pipeline/did-you-mean.ts';
import { nothingNoticed } from '../../pipeline/progress.ts';
import { knownMembers, readConfig } from '../../pipeline/transform/config-file.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { type Operation, operations } from '../../schemas/user-event.ts';
import { kindOfField, type UserField, userFields } from '../../schemas/user-fields.ts';

const mapFile = {
  code: 'map_invalid',
  what: 'the map',
  advice: 'docs/reference/map-file.md has every member of the file with its meaning.',
} as const;

/** Reads a map file. Throws `map_invalid` for a mistake in it, and the error of the file system. */
export const readMap = async (path: string): Promise<UserMap> => parseMap(await readFile(await findFile(path), 'utf8'));

/** Parses a map. Throws `map_invalid` (exit code 2) with the path of the mistake. */
export const parseMap = (text: string): UserMap => readConfig(text, mapFile, mapOf);

const csvMembers = ['delimiter', 'columns', 'nulls'] as const;

function mapOf(file: Node): UserMap {
  const root = knownMembers(file, 'an object', ['format', ...csvMembers, 'fields', 'ignore', 'orderBy']);
  const csv = csvOf(root);
  const fields = root.get('fields');
  const mappedFields = fields === undefined ? new Map() : knownMembers(fields, 'an object of fields', userFields);
  const rules = userFields.map((target): FieldRule => {
    const node = mappedFields.get(target);
    if (node !== undefined) return ruleOf(target, node);
    // A plain list of users has no operations: each row is an INSERT.
    const fallback = csv !== null && target === 'cdc_operation' ? 'INSERT' : null;
    return { target, from: target, fallback, as: 'plain', operations: null, isMapped: false };
  });
  const ignore = root.get('ignore');
  const ignored = ignore === undefined ? [] : elementsOf(ignore, 'a list of source fields').map(ignoredOf(rules));
  return { csv, rules, ignored, orderBy: orderOf(root.get('orderBy')) };
}

function csvOf(root: ReadonlyMap<string, Node>): CsvLayout | null {
  const format = oneOf(root.get('format'), ['json', 'csv'] as const) ?? 'json';
  if (format === 'json') {
    const misplaced = csvMembers.map((name) => root.get(name)).find((node) => node !== undefined);
    if (misplaced !== undefined) throw refuse(misplaced.path, 'only "format": "csv" has it');
    return null;
  }
  const [delimiter, columns, nulls] = csvMembers.map((name) => root.get(name));
  const names =
    columns === undefined ? null : elementsOf(columns, 'a list of names').map((one) => textOf(one, 'a name'));
  if (names !== null && new Set(names).size < names.length) throw refuse('columns', 'a name occurs twice');
  return {
    delimiter: delimiter === undefined ? ',' : delimiterOf(delimiter),
    columns: names,
    nulls: nulls === undefined ? [''] : elementsOf(nulls, 'a list of texts').map(anyText),
  };
}

function delimiterOf(node: Node): string {
  const text = textOf(node, 'one character, such as ";" or "\\t"');
  if (!/^[\t\x20-\x7e]$/.test(text) || text === '"')
    throw refuse(node.path, `expected one character, such as ";" or "\\t", got ${describe(text)}`);
  return text;
}

function anyText({ path, value }: Node): string {
  if (typeof value !== 'string') throw refuse(path, `expected a text, got ${describe(value)}`);
  return value;
}

function orderOf(node: Node | undefined): OrderBy | null {
  return oneOf(node, ['sequence', 'timestamp', 'offset'] as const) ?? null;
}

function oneOf<const W extends string>(node: Node | undefined, words: readonly W[]): W | undefined {
  if (node === undefined) return undefined;
  const text = textOf(node, words.join(' or '));
  const word = words.find((one) => one === text);
  if (word === undefined)
    throw refuse(node.path, `expected ${words.join(' or ')}, got ${describe(text)}${didYouMean(text, words)}`);
  return word;
}

const ignoredOf = (rules: readonly FieldRule[]) => (node: Node) => {
  const name = textOf(node, 'the name of a source field');
  const rule = rules.find(({ from, isMapped }) => from === name && isMapped);
  if (rule !== undefined) throw refuse(node.path, `'${name}' fills ${rule.target}`);
  return name;
};

const forms = '"source_field", {"from": "source_field", …}, {"constant": "text"} or null';

function ruleOf(target: UserField, node: Node): FieldRule {
  const plain = { target, fallback: null, as: 'plain', operations: null, isMapped: true } as const;
  if (node.value === null) {
    if (target === 'id' || target === 'cdc_operation') throw refuse(node.path, `${target} is required`);
    return { ...plain, from: null };
  }
  if (typeof node.value === 'string') return { ...plain, from: textOf(node, 'the name of a source field') };
  if (!(node.value instanceof Map)) throw refuse(node.path, `expected ${forms}, got ${describe(node.value)}`);
  const members = knownMembers(node, forms, ['from', 'constant', 'default', 'as', 'values']);
  const [from, constant, fallback] = [members.get('from'), members.get('constant'), members.get('default')];
  if (constant !== undefined) {
    if (members.size > 1) throw refuse(node.path, 'constant stands alone');
    if (kindOfField(target) === 'integer') throw refuse(node.path, `${target} differs from record to record`);
    return { ...plain, from: null, fallback: fixedOf(target, constant) };
  }
  return {
    ...plain,
    from: from === undefined ? target : textOf(from, 'the name of a source field'),
    fallback: fallback === undefined ? null : fixedOf(target, fallback),
    as: formOf(target, members.get('as')),
    operations: wordsOf(target, members.get('values')),
  };
}

/** Returns the notation of a field's values (`as`). */
function formOf(target: UserField, node: Node | undefined): FieldRule['as'] {
  if (node === undefined) return 'plain';
  const kind = kindOfField(target);
  if (kind === 'time') return oneOf(node, epochUnits) ?? 'plain';
  if (kind === 'text') return oneOf(node, ['text'] as const) ?? 'plain';
  throw refuse(node.path, `${target} is read as it is written; "as" is for times and texts`);
}

/** Returns the user's words for operations (`values`). */
function wordsOf(target: UserField, node: Node | undefined): FieldRule['operations'] {
  if (node === undefined) return null;
  if (kindOfField(target) !== 'operation') throw refuse(node.path, 'only cdc_operation has values');
  const words = membersOf(node, 'an object such as {"c": "INSERT", "u": "UPDATE", "d": "DELETE"}');
  return new Map([...words].map(([word, one]) => [word, operationOf(one)]));
}

function operationOf(node: Node): Operation {
  const text = textOf(node, 'INSERT, UPDATE or DELETE');
  const operation = operations.find((one) => one === text.toUpperCase());
  if (operation === undefined)
    throw refuse(node.path, `expected INSERT, UPDATE or DELETE, got ${describe(text)}${didYouMean(text, operations)}`);
  return operation;
}

/** Returns a fixed value. Throws if the field cannot have it. */
function fixedOf(target: UserField, node: Node): string {
  if (kindOfField(target) === 'operation') return operationOf(node);
  const text = node.value instanceof JsonNumber ? node.value.literal : textOf(node, 'a text');
  const event = { id: '1', cdc_operation: 'INSERT', [target]: text };
  const values = userFields.map((name) => (event as { readonly [name: string]: string })[name]);
  const checked = eventOf(values, { orderBy: 'offset', onTooLong: 'park', noticed: nothingNoticed() }, '', true);
  if (checked instanceof Rejection) throw refuse(node.path, checked.message);
  return text;
}
