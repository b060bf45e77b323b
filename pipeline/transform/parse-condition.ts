/** Row filters as they are written in the file of rules. */
import { describe, elementsOf, expectTrue, type Node, refuse, textOf } from '../../formats/json/strict-json.ts';
import { JsonNumber } from '../../formats/json/value.ts';
import type { Condition } from './condition.ts';
import { knownMembers } from './config-file.ts';

const tests = ['equals', 'notEquals', 'in', 'notIn', 'isNull', 'isNotNull'] as const;
const combinations = ['all', 'any', 'not'] as const;
const example = '{"column": "country", "in": ["NO", "SE"]}';

const not = (of: Condition): Condition => ({ kind: 'not', of });

/** Reads one condition: a test of a column, or a combination of conditions. */
export function parseCondition(node: Node): Condition {
  const members = knownMembers(node, `a condition such as ${example}`, ['column', ...tests, ...combinations]);
  const [combination, ...moreCombinations] = combinations.filter((name) => members.has(name));
  if (combination !== undefined) {
    if (moreCombinations.length > 0 || members.size > 1) throw refuse(node.path, `${combination} stands alone`);
    const of = members.get(combination) ?? node;
    return combination === 'not' ? not(parseCondition(of)) : { kind: combination, of: several(of) };
  }
  const column = members.get('column');
  if (column === undefined) throw refuse(node.path, `expected a condition such as ${example}, got none`);
  const [test, ...moreTests] = tests.filter((name) => members.has(name));
  if (test === undefined) throw refuse(node.path, `expected one of ${tests.join(', ')} beside column`);
  if (moreTests.length > 0) throw refuse(node.path, `${test} and ${moreTests[0]}: use all or any for two tests`);
  return testOf(textOf(column, 'the name of a column'), test, members.get(test) ?? node);
}

function several(node: Node): readonly Condition[] {
  const of = elementsOf(node, 'a list of conditions');
  if (of.length === 0) throw refuse(node.path, 'expected a list of conditions, got an empty one');
  return of.map(parseCondition);
}

function testOf(column: string, test: (typeof tests)[number], value: Node): Condition {
  switch (test) {
    case 'equals':
      return { kind: 'in', column, values: [scalar(value)] };
    case 'notEquals':
      return not({ kind: 'in', column, values: [scalar(value)] });
    case 'in':
      return { kind: 'in', column, values: scalars(value) };
    case 'notIn':
      return not({ kind: 'in', column, values: scalars(value) });
    case 'isNull':
      expectTrue(value);
      return { kind: 'null', column };
    case 'isNotNull':
      expectTrue(value);
      return not({ kind: 'null', column });
  }
}

function scalars(node: Node): readonly string[] {
  const values = elementsOf(node, 'a list of values');
  if (values.length === 0) throw refuse(node.path, 'expected a list of values, got an empty one');
  return values.map(scalar);
}

/** The text of a value; a number keeps its digits as written. */
function scalar({ path, value }: Node): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.literal;
  throw refuse(
    path,
    value === null ? 'null is not allowed here: use isNull' : `expected a value, got ${describe(value)}`,
  );
}
