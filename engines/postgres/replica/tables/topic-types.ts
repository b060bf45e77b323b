/**
 * The column types that decoding needs beside the messages of a topic.
 *
 * Messages without a schema do not say whether a value is an array, whether a text is bytes, or which unit a time has. The
 * catalogue of the source says it. Without the source, the catalogue of the target is used for those types whose values have
 * only one meaning, even if the columns of the two databases differ.
 *
 * Messages with a schema name user-defined types, such as domains, but do not describe them. The catalogue of the source does.
 */
import type { DecoderOptions } from '../../../../formats/debezium/decode.ts';
import { isOpaque, parsePgType } from '../../../../formats/debezium/postgres/pg-type.ts';
import { messageOf } from '../../../../pipeline/errors.ts';
import type { Claims, Logger } from '../../../../pipeline/ports.ts';
import type { SourceTable } from '../../../../schemas/table-name.ts';
import { topicOf } from '../../capture/connector-config.ts';
import { type NamedType, readColumnTypes, readNamedTypes, type TableTypes } from '../../catalogue/column-types.ts';
import { type Database, withConnection } from '../../connection/connection.ts';

/** Where the types are read. */
export type TopicTypesOptions = {
  readonly source: Database | undefined;
  /** The target, if it is PostgreSQL. */
  readonly target: Database | undefined;
  /** Whether the replica of a table has the same name and shape as the table. */
  readonly isWanted: (table: SourceTable) => boolean;
  readonly logger: Logger;
};

/** Types whose values have one meaning, whichever type the column has at the source. */
const certain = /^(?:bytea|date|bit\b.*|.*\bhstore|point|.*\bgeometry\b.*|.*\bgeography\b.*)$/;
/** Types whose numbers have a unit that depends on the precision at the source. */
const typesWithUnit = /^time(?:stamp)?(?:\(\d\))? without time zone/;

const isCertain = (type: string): boolean =>
  certain.test(type) || isOpaque(parsePgType(type)) || (type.endsWith('[]') && !typesWithUnit.test(type));

/** Column types by topic. */
export class TopicTypes {
  readonly #options: TopicTypesOptions;
  /** Tables by the ending of their topics, which several tables may share. One entry for each table. */
  #tables: ReadonlyMap<string, readonly TableTypes[]> = new Map();
  /** User-defined types of the source, by the names that Debezium gives them. */
  #named: ReadonlyMap<string, readonly NamedType[]> = new Map();

  constructor(options: TopicTypesOptions) {
    this.#options = options;
  }

  /** Reads the catalogue. Keeps the previous result if the source does not respond. */
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
        logger.warn({ error: messageOf(error) }, 'the types of columns could not be read from the source');
        if (this.#tables.size > 0) return;
      }
    }
    if (target === undefined) return;
    const tables = (await withConnection(target, 'catalogue', readColumnTypes)).filter(isWanted);
    this.#tables = byEnding(tables.map(({ types, ...table }) => ({ ...table, types: onlyCertain(types) })));
  }

  /** Whether the topic belongs to a table that was read. */
  knows(topic: string): boolean {
    return this.#of(topic).length > 0;
  }

  /** Options for decoding the messages of a topic. A type is undefined if tables that share the topic's ending disagree. */
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

  /** The tables whose ending the topic has, for every possible prefix: prefix and names may contain dots. */
  #of(topic: string): readonly TableTypes[] {
    const points = [...topic.matchAll(/\./g)].map(({ index }) => index);
    return points.flatMap((point) => this.#tables.get(topic.slice(point)) ?? []);
  }
}

/** Claims that read the catalogue first where the topic is not known, because its table may be new. */
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

/** Types by name, with and without their schema. */
function byName(types: readonly NamedType[]): ReadonlyMap<string, readonly NamedType[]> {
  const found = new Map<string, NamedType[]>();
  for (const type of types) {
    const name = type.name.toLowerCase();
    for (const one of [name, `"${type.schema.toLowerCase()}"."${name}"`])
      found.set(one, [...(found.get(one) ?? []), type]);
  }
  return found;
}
