/**
 * What is known of the columns of a topic whose messages carry no schema. An array is told from other values only by its
 * column's type, bytes from a text, and the unit of a time. The source's catalogue has these; without it that of the
 * target tells as much as has one meaning, however its columns differ from those of the source.
 *
 * Messages with a schema name types that somebody made, such as domains, and do not tell what they are. That is looked up
 * in the source's catalogue by their names.
 */

import type { DecoderOptions } from '../../../../formats/debezium/decode.ts';
import { isOpaque, parsePgType } from '../../../../formats/debezium/postgres/pg-type.ts';
import { messageOf } from '../../../../pipeline/errors.ts';
import type { Claims, Logger } from '../../../../pipeline/ports.ts';
import type { SourceTable } from '../../../../schemas/table-name.ts';
import { topicOf } from '../../capture/connector-config.ts';
import { type NamedType, readColumnTypes, readNamedTypes, type TableTypes } from '../../catalogue/column-types.ts';
import { type Database, withConnection } from '../../connection/connection.ts';

/** Where to ask. */
export type TopicTypesOptions = {
  readonly source: Database | undefined;
  readonly target: Database;
  /** Whether the replica of a table is called and shaped as the table itself. */
  readonly isWanted: (table: SourceTable) => boolean;
  readonly logger: Logger;
};

/** Types whose values are read in one way only, whatever else the column could be at the source. */
const certain = /^(?:bytea|date|bit\b.*|.*\bhstore|point|.*\bgeometry\b.*|.*\bgeography\b.*)$/;
/** Numbers of these have a unit that goes by the precision at the source. */
const measured = /^time(?:stamp)?(?:\(\d\))? without time zone/;

const isCertain = (type: string): boolean =>
  certain.test(type) || isOpaque(parsePgType(type)) || (type.endsWith('[]') && !measured.test(type));

/** Types of columns, by topic. */
export class TopicTypes {
  readonly #options: TopicTypesOptions;
  /** By how the topics of the tables end; several tables may share an ending. As many as there are tables. */
  #tables: ReadonlyMap<string, readonly TableTypes[]> = new Map();
  /** The source's own types, by the names that Debezium gives them. */
  #named: ReadonlyMap<string, readonly NamedType[]> = new Map();

  constructor(options: TopicTypesOptions) {
    this.#options = options;
  }

  /** Reads the catalogue. A source that does not answer leaves what was known. */
  async learn(): Promise<void> {
    const { source, target, isWanted, logger } = this.#options;
    if (source) {
      try {
        const [tables, named] = await withConnection(source, 'catalogue', async (client) => [
          await readColumnTypes(client),
          await readNamedTypes(client),
        ]);
        this.#tables = byEnding(tables);
        this.#named = byName(named);
        return;
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'the source does not tell the types of its columns');
        if (this.#tables.size > 0) return;
      }
    }
    const tables = (await withConnection(target, 'catalogue', readColumnTypes)).filter(isWanted);
    this.#tables = byEnding(tables.map(({ types, ...table }) => ({ ...table, types: onlyCertain(types) })));
  }

  /** Whether some table has this topic. */
  knows(topic: string): boolean {
    return this.#of(topic).length > 0;
  }

  /** How the messages of a topic are decoded. */
  readonly decoding = (topic: string): DecoderOptions => ({
    schemaless: (column) => {
      const [type, ...others] = new Set(this.#of(topic).map(({ types }) => types[column]));
      return others.length > 0 ? undefined : type;
    },
    named: ({ name, array }) => {
      const found = this.#named.get(name) ?? [];
      const [type, ...others] = new Set(found.map(({ below, element }) => (array ? element : below)));
      return others.length > 0 ? undefined : type;
    },
  });

  /** Nobody knows how long the prefix is, and names may have points. */
  #of(topic: string): readonly TableTypes[] {
    const points = [...topic.matchAll(/\./g)].map(({ index }) => index);
    return points.flatMap((point) => this.#tables.get(topic.slice(point)) ?? []);
  }
}

/** Claims before which the catalogue is read again where nothing is known of the topic: its table may be new. */
export const learning = (claims: Claims, types: TopicTypes): Claims => ({
  ...claims,
  claim: async (request) => {
    if (!types.knows(request.topic)) await types.learn();
    return await claims.claim(request);
  },
});

const onlyCertain = (types: TableTypes['types']): TableTypes['types'] =>
  Object.fromEntries(Object.entries(types).filter(([, type]) => isCertain(type)));

function byEnding(tables: readonly TableTypes[]): ReadonlyMap<string, readonly TableTypes[]> {
  const found = new Map<string, TableTypes[]>();
  for (const table of tables) {
    const ending = topicOf('', { schema: table.schema, table: table.name });
    found.set(ending, [...(found.get(ending) ?? []), table]);
  }
  return found;
}

/** A type may be named with its schema or without. */
function byName(types: readonly NamedType[]): ReadonlyMap<string, readonly NamedType[]> {
  const found = new Map<string, NamedType[]>();
  for (const type of types) {
    const name = type.name.toLowerCase();
    for (const one of [name, `"${type.schema.toLowerCase()}"."${name}"`])
      found.set(one, [...(found.get(one) ?? []), type]);
  }
  return found;
}
