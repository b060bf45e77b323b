/** The columns of the source, for a target of another product. */
import { describeTables } from '../../engines/postgres/catalogue/describe.ts';
import { type Database, withConnection } from '../../engines/postgres/connection/connection.ts';
import type { LogicalType } from '../../engines/types/logical-type.ts';
import type { ColumnDefinition } from '../../engines/types/table.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Claims, Logger } from '../../pipeline/ports.ts';
import { type SourceTable, tableName } from '../../schemas/table-name.ts';

/** Columns by table. Read at the start, and again when partitions are claimed, because tables may be new by then. */
export class SourceCatalogue {
  readonly #source: Database | undefined;
  readonly #logger: Logger;
  #columns: ReadonlyMap<string, ReadonlyMap<string, ColumnDefinition>> = new Map();

  constructor(source: Database | undefined, logger: Logger) {
    this.#source = source;
    this.#logger = logger;
  }

  /** Reads the catalogue. Keeps the previous result if the source does not respond: the messages then have to do. */
  async learn(): Promise<void> {
    if (this.#source === undefined) return;
    try {
      const tables = await withConnection(this.#source, 'catalogue', (client) => describeTables(client));
      this.#columns = new Map(
        tables.map((table) => [tableName(table), new Map(table.columns.map((column) => [column.name, column]))]),
      );
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'the types of columns could not be read from the source');
    }
  }

  readonly typeOf = (table: SourceTable, column: string): LogicalType | undefined => this.#find(table, column)?.type;

  /** Whether a column is NOT NULL; undefined if it is unknown. */
  readonly isNotNull = (table: SourceTable, column: string): boolean | undefined => this.#find(table, column)?.notNull;

  #find(table: SourceTable, column: string): ColumnDefinition | undefined {
    return this.#columns.get(tableName(table))?.get(column);
  }

  /** Claims that read the catalogue first. */
  learning(claims: Claims): Claims {
    return {
      ...claims,
      claim: async (request) => {
        await this.learn();
        return await claims.claim(request);
      },
    };
  }
}
