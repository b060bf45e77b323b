/** Finds the tables that a replication reads: by its topics, and by the source's publications if the source is known. */
import { type DescribedTable, readSourceTables } from '../../engines/postgres/catalogue/source-tables.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import { asInTopic, type KnownTable, type KnownTables } from '../../pipeline/transform/check-rules.ts';
import type { SourceTable } from '../../schemas/table-name.ts';

/** Returns the tables of the topics, and the tables of the source that are not read. */
export async function knownTables(
  topics: readonly string[],
  pattern: RegExp,
  source: Database | undefined,
): Promise<KnownTables> {
  const tables = source === undefined ? [] : await withConnection(source, 'catalogue', readSourceTables);
  return tablesRead(topics, pattern, tables);
}

const endingOf = ({ schema, name }: SourceTable): string => asInTopic(`.${schema}.${name}`);

/**
 * Does the same with given tables of the source. A published table without a topic counts as read if its later topic would
 * match the pattern. Its prefix is taken from the existing topics; without any it is assumed to match.
 */
export function tablesRead(topics: readonly string[], pattern: RegExp, tables: readonly DescribedTable[]): KnownTables {
  const withTopic = (table: SourceTable) => topics.filter((topic) => topic.endsWith(endingOf(table)));
  const prefixes = new Set(
    tables.flatMap((table) => withTopic(table).map((topic) => topic.slice(0, -endingOf(table).length))),
  );
  const willMatch = (table: SourceTable) =>
    prefixes.size === 0 || [...prefixes].some((prefix) => `${prefix}${endingOf(table)}`.search(pattern) >= 0);
  const read: KnownTable[] = [];
  const unread: KnownTables['unread'][number][] = [];
  const explained = new Set<string>();
  for (const { schema, name, columns, key, published, partitionOf } of tables) {
    const table = { schema, name };
    const own = withTopic(table);
    for (const topic of own) explained.add(topic);
    if (own.length > 0 || (published && willMatch(table))) read.push({ names: [table], described: { columns, key } });
    else if (published) unread.push({ table, why: `is captured, but --topics ${pattern.source} does not read it` });
    else if (partitionOf !== null)
      unread.push({ table, why: `is a partition of ${partitionOf}, and its changes arrive under that name` });
    else unread.push({ table, why: 'is not captured: no publication of the source has it' });
  }
  const others = topics.filter((topic) => !explained.has(topic)).flatMap((topic) => ofTopic(topic));
  return { read: [...read, ...others], unread };
}

/** Returns the possible tables of a topic `prefix.schema.table`, each part of which may contain dots. Empty if there is none. */
function ofTopic(topic: string): readonly KnownTable[] {
  const parts = topic.split('.');
  const names = parts.slice(2).map((_, i): SourceTable => {
    const at = parts.length - 2 - i;
    return { schema: parts[at] ?? '', name: parts.slice(at + 1).join('.') };
  });
  const [first, ...more] = names;
  return first === undefined ? [] : [{ names: [first, ...more], described: null }];
}
