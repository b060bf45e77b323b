/** Warnings about tables that can be captured. */
import { quoted, readable } from '../../identifiers.ts';
import { type Identity, isBlind } from './identities.ts';
import { readableTable, tableList } from './names.ts';
import type { PublicationChange } from './publication.ts';
import type { SourceTable } from './source-tables.ts';

/** Warnings about tables, each with its remedy. */
export function* tableWarnings(tables: readonly SourceTable[], identities: readonly Identity[]): Generator<string> {
  for (const table of identities.filter(isBlind)) {
    const name = readableTable(table);
    yield `${name} has no primary key: the source refuses UPDATE and DELETE on it until ALTER TABLE ${name} REPLICA IDENTITY FULL;`;
  }
  for (const table of tables) {
    const { identity, hasKey, isPartitioned, weak } = table;
    const name = readableTable(table);
    if (!hasKey) yield `${name} has no primary key: its topic gets one partition, which keeps the order of its events`;
    if (!hasKey && isPartitioned) {
      yield `${name}: each new partition needs ALTER TABLE … REPLICA IDENTITY FULL; else the source refuses UPDATE and DELETE on it`;
    }
    const large = weak.filter(({ lost }) => lost === 'unchanged').map((one) => `${readable(one.column)} (${one.type})`);
    if (large.length > 0 && identity !== 'full') {
      yield `${name}: an UPDATE that leaves ${large.join(', ')} as it was stops the connector when the value is large (stored apart): ALTER TABLE ${name} REPLICA IDENTITY FULL; prevents it`;
    }
  }
}

/** Warnings about an existing publication. */
export function* publicationWarnings(
  name: string,
  { added, others }: PublicationChange,
  captured: readonly string[],
): Generator<string> {
  const returned = added.filter(({ schema, table }) => captured.includes(`${schema}.${table}`));
  for (const table of returned) {
    yield `${readableTable(table)} had left the publication ${name} (was it dropped and created again?): it is captured from now on; rows that it has already are not read, and rows of the former table stay in the copy`;
  }
  if (others.length > 0) {
    yield `the publication ${name} also publishes ${tableList(others)}, which is not captured; if nobody else uses it, on the source: ALTER PUBLICATION ${quoted(name)} DROP TABLE ${tableList(others)};`;
  }
}
