/**
 * Runs one statement and passes on its rows as they arrive, every value as PostgreSQL's text. The extended protocol makes
 * the server refuse a second statement in the same text.
 */
import pg from 'pg';
import type { ColumnKind, Outcome, Receiver, Row } from '../../sql-session.ts';

/** Rows per request when the receiver may stop early. */
const pageRows = 100;

/** Values stay texts, because the text of a 64-bit number or a timestamp is exact. */
const asText = { types: { getTypeParser: () => (text: string) => text }, rowMode: 'array', queryMode: 'extended' };

/** By OID. */
const kinds: { readonly [oid: number]: ColumnKind } = {
  16: 'boolean',
  ...{ 21: 'integer', 23: 'integer', 26: 'integer' },
  ...{ 700: 'float', 701: 'float' },
  // bigint, money and numeric.
  ...{ 20: 'exact', 790: 'exact', 1700: 'exact' },
  ...{ 114: 'json', 3802: 'json' },
};

const kindOf = (oid: number): ColumnKind => kinds[oid] ?? 'text';

/** Runs the statement. Rejects with the error of the server. */
export function execute(client: pg.Client, text: string, receiver: Receiver): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let isBegun = false;
    const begin = (fields: readonly pg.FieldDef[]) => {
      if (isBegun || fields.length === 0) return;
      isBegun = true;
      receiver.head(fields.map(({ name, dataTypeID }) => ({ name, kind: kindOf(dataTypeID) })));
    };
    const query = new PagedQuery(text, receiver.stop?.enough);
    query.on('row', (row: Row, result) => {
      begin(result?.fields ?? []);
      receiver.row(row);
    });
    query.on('error', reject);
    query.on('end', (result) => {
      begin(result.fields);
      resolve({ command: result.command ?? null, rows: result.rowCount, returnsRows: isBegun });
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
