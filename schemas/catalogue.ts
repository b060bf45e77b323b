/**
 * The objects that each migration creates, as PostgreSQL's catalogue describes them: `schemas/catalogue.txt`. They show whether
 * a database without stored checksums has the objects of its migrations. `npm run schema` writes the file, and a test compares
 * it with a real database. Comments and view definitions are left out: they are harmless, and PostgreSQL's versions print
 * views differently.
 */
import { readFileSync } from 'node:fs';

/** Objects such as `column users_enriched.email`, each with its definition. */
export type Catalogue = ReadonlyMap<string, string>;

/** The changes of one migration: objects with their new definitions, null for a removed one. */
type Step = { readonly version: number; readonly changes: ReadonlyMap<string, string | null> };

/** An object that differs from its expected definition; null if there is none. */
export type Difference = { readonly object: string; readonly expected: string | null; readonly found: string | null };

const file = new URL('./catalogue.txt', import.meta.url);

function readSteps(): readonly Step[] {
  return readFileSync(file, 'utf8')
    .split(/^# /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trim().split('\n');
      const changes = lines.map((line): [string, string | null] => {
        const [, sign, object = '', definition = ''] = /^([+-]) (.*?)(?:: (.*))?$/.exec(line) ?? [];
        return [object, sign === '+' ? definition : null];
      });
      return { version: Number.parseInt(title, 10), changes: new Map(changes) };
    });
}

/** The expected objects of a database with these migrations. */
export function expectedCatalogue(versions: readonly number[]): Catalogue {
  const expected = new Map<string, string>();
  for (const { version, changes } of readSteps()) {
    if (!versions.includes(version)) continue;
    for (const [object, definition] of changes) {
      if (definition === null) expected.delete(object);
      else expected.set(object, definition);
    }
  }
  return expected;
}

/** Names of all tables and views that migrations create, as `to_regclass` accepts them. */
export function relations(): readonly string[] {
  const objects = readSteps().flatMap(({ changes }) => [...changes.keys()]);
  return objects.flatMap((object) => /^(?:table|view) (.+)$/.exec(object)?.[1] ?? []);
}

/** The section of the file for a migration, from the catalogues before and after it. */
export function describeStep(title: string, before: Catalogue, after: Catalogue): string {
  const removed = [...before.keys()].filter((object) => !after.has(object)).sort();
  const changed = [...after]
    .filter(([object, definition]) => before.get(object) !== definition)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = [
    ...removed.map((object) => `- ${object}`),
    ...changed.map(([object, definition]) => `+ ${object}${definition === '' ? '' : `: ${definition}`}`),
  ];
  return `# ${title}\n${lines.map((line) => `${line}\n`).join('')}`;
}

/**
 * Returns the differences between a database and its expected objects. Three changes to a table of users are allowed: extra columns
 * that need no value, extra constraints, and wider text columns.
 */
export function differences(expected: Catalogue, found: Catalogue): readonly Difference[] {
  const objects = new Set([...expected.keys(), ...found.keys()]);
  const isMissing = (kind: string, relation: string) =>
    expected.has(`${kind} ${relation}`) && !found.has(`${kind} ${relation}`);
  // A missing relation is one difference; its columns and constraints need no mention.
  const isPart = (object: string) => {
    const relation = /^(?:column|constraint) ((?:sluice\.)?\w+)\./.exec(object)?.[1];
    return relation !== undefined && (isMissing('table', relation) || isMissing('view', relation));
  };
  return [...objects]
    .filter((object) => !isPart(object))
    .map((object) => ({ object, expected: expected.get(object) ?? null, found: found.get(object) ?? null }))
    .filter(({ expected, found }) => expected !== found)
    .filter((difference) => !isOwnChange(difference));
}

function isOwnChange({ object, expected, found }: Difference): boolean {
  if (/^\w+ sluice\./.test(object) || found === null) return false;
  if (expected === null) return !/ not null$/.test(found) || / default /.test(found);
  return isText(expected) && isText(found) && lengthOf(found) > lengthOf(expected);
}

const isText = (type: string): boolean => /^(?:text|character varying(?:\(\d+\))?)$/.test(type);
const lengthOf = (type: string): number => Number(/\d+/.exec(type)?.[0] ?? Number.POSITIVE_INFINITY);
