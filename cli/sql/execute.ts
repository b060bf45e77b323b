/**
 * Runs one statement and hands out its rows as they arrive, every value as the text PostgreSQL prints. The statement
 * goes by the extended protocol, in which the server refuses a second statement in the same text.
 */
import pg from 'pg';

/** A column of a result: its name, and the oid of its type. */
export type Column = { readonly name: string; readonly type: number };

/** The values of a row; null is NULL. */
export type Row = readonly (string | null)[];

/** Who takes the rows. */
export type Receiver = {
  /** Called once, before any row, for a statement that returns rows. */
  readonly head: (columns: readonly Column[]) => void;
  readonly row: (row: Row) => void;
  /** True when no more rows are wanted. Absent: all of them are. */
  readonly enough?: () => boolean;
};

/** How a statement ended. */
export type Outcome = {
  /** First word of the command, such as `SELECT`; null when it was ended before its end. */
  readonly command: string | null;
  /** Rows returned or touched; null when the command has none. */
  readonly rows: number | null;
  readonly returnsRows: boolean;
};

/** Rows that are asked for at once when it may be enough soon. */
const page = 100;

/** Values as texts, rows as arrays: the text of a 64-bit number or a timestamp is exact. */
const asText = { types: { getTypeParser: () => (text: string) => text }, rowMode: 'array', queryMode: 'extended' };

/** Runs the statement. Rejects with the server's error. */
export function execute(client: pg.Client, text: string, receiver: Receiver): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let columns: readonly Column[] | undefined;
    const begin = (fields: readonly pg.FieldDef[]) => {
      if (columns !== undefined || fields.length === 0) return;
      columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      receiver.head(columns);
    };
    const query = new PagedQuery(text, receiver.enough);
    query.on('row', (row: Row, result) => {
      begin(result?.fields ?? []);
      receiver.row(row);
    });
    query.on('error', reject);
    query.on('end', (result) => {
      begin(result.fields);
      resolve({ command: result.command ?? null, rows: result.rowCount, returnsRows: columns !== undefined });
    });
    client.query(query);
  });
}

/** Asks for rows page by page and leaves the rest at the server once it is enough. */
class PagedQuery extends pg.Query<string[]> {
  readonly #enough: (() => boolean) | undefined;

  constructor(text: string, enough: (() => boolean) | undefined) {
    const config = { text, ...asText, ...(enough ? { rows: page } : {}) };
    super(config as unknown as pg.QueryConfig);
    this.#enough = enough;
  }

  /** Called by the driver at the end of a page. */
  handlePortalSuspended(connection: pg.Connection): void {
    if (this.#enough?.()) {
      connection.sync();
      return;
    }
    connection.execute({ portal: '', rows: String(page) }, true);
    connection.flush();
  }
}
