/**
 * Runs one statement and passes on its rows as they arrive, every value as PostgreSQL's text. The extended protocol makes
 * the server refuse a second statement in the same text.
 */
import pg from 'pg';

/** A column of a result; `type` is the OID of its type. */
export type Column = { readonly name: string; readonly type: number };

/** The values of a row; null means NULL. */
export type Row = readonly (string | null)[];

/** Receives the rows of a result. */
export type Receiver = {
  /** Called once, before any row, for a statement that returns rows. */
  readonly head: (columns: readonly Column[]) => void;
  readonly row: (row: Row) => void;
  /** Returns true when no more rows are needed. Without it all rows are read. */
  readonly enough?: () => boolean;
};

/** How a statement ended. */
export type Outcome = {
  /** First word of the command, such as `SELECT`; null if reading ended before the last row. */
  readonly command: string | null;
  /** Rows returned or affected; null if the command reports none. */
  readonly rows: number | null;
  readonly returnsRows: boolean;
};

/** Rows per request when the receiver may stop early. */
const pageRows = 100;

/** Values stay texts, because the text of a 64-bit number or a timestamp is exact. */
const asText = { types: { getTypeParser: () => (text: string) => text }, rowMode: 'array', queryMode: 'extended' };

/** Runs the statement. Rejects with the error of the server. */
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

/** Requests rows in pages, and stops requesting once the receiver has enough. */
class PagedQuery extends pg.Query<string[]> {
  readonly #enough: (() => boolean) | undefined;

  constructor(text: string, enough: (() => boolean) | undefined) {
    const config = { text, ...asText, ...(enough ? { rows: pageRows } : {}) };
    super(config as unknown as pg.QueryConfig);
    this.#enough = enough;
  }

  /** Called by the driver at the end of a page. */
  handlePortalSuspended(connection: pg.Connection): void {
    if (this.#enough?.()) {
      connection.sync();
      return;
    }
    connection.execute({ portal: '', rows: String(pageRows) }, true);
    connection.flush();
  }
}
