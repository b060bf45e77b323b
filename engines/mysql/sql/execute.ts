/** Runs one statement and passes on its rows as they arrive, every value as the text of the server. */
import type { EventEmitter } from 'node:events';
import type { FieldPacket, ResultSetHeader } from 'mysql2';
import type { ColumnKind, Outcome, Receiver } from '../../sql-session.ts';
import { decodedBy } from '../connection/cells.ts';
import type { Session, SqlCell } from '../connection/session.ts';

/** By number of the type in the protocol. MariaDB sends JSON as text. */
const kinds: { readonly [type: number]: ColumnKind } = {
  // TINYINT, SMALLINT, INT, MEDIUMINT, YEAR.
  ...{ 1: 'integer', 2: 'integer', 3: 'integer', 9: 'integer', 13: 'integer' },
  // FLOAT, DOUBLE.
  ...{ 4: 'float', 5: 'float' },
  // BIGINT, and both of DECIMAL.
  ...{ 0: 'exact', 8: 'exact', 246: 'exact' },
  245: 'json',
};

const textOf = (cell: SqlCell): string | null => (Buffer.isBuffer(cell) ? `0x${cell.toString('hex')}` : cell);

/** The driver below its promises, which alone passes on rows as they arrive. */
export type CoreConnection = {
  query(options: { readonly sql: string; readonly rowsAsArray: true; readonly typeCast: false }): EventEmitter;
  pause(): void;
  resume(): void;
};

export const coreOf = ({ connection }: Session): CoreConnection =>
  (connection as unknown as { connection: CoreConnection }).connection;

/** Commands that report rows. */
const changesRows: ReadonlySet<string> = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'LOAD', 'WITH', 'CALL']);

/** Runs the statement. `warned` gets the number of warnings of a statement without a result. */
export function execute(
  session: Session,
  sql: string,
  receiver: Receiver,
  warned: (count: number) => void,
): Promise<Outcome> {
  const command = /[a-z]+/i.exec(sql.replace(/\/\*[\s\S]*?\*\/|(?:#|--\s)[^\n]*/g, ''))?.[0].toUpperCase() ?? null;
  return new Promise((resolve, reject) => {
    let decode: ReturnType<typeof decodedBy> | undefined;
    let rows = 0;
    let outcome: Outcome = { command, rows: null, returnsRows: false };
    const query = coreOf(session).query({ sql, rowsAsArray: true, typeCast: false });
    query.on('fields', (fields: readonly FieldPacket[] | undefined) => {
      if (fields === undefined || decode !== undefined) return;
      decode = decodedBy(fields);
      receiver.head(fields.map(({ name, columnType }) => ({ name, kind: kinds[columnType ?? -1] ?? 'text' })));
    });
    query.on('result', (result: ResultSetHeader | readonly (Buffer | null)[]) => {
      if (Array.isArray(result)) {
        rows += 1;
        receiver.row(decode?.(result).map(textOf) ?? []);
        return;
      }
      // A procedure sends a header after its results, too.
      const { affectedRows, warningStatus } = result as ResultSetHeader;
      outcome = { command, rows: changesRows.has(command ?? '') ? affectedRows : null, returnsRows: false };
      warned(warningStatus);
    });
    query.on('error', reject);
    query.on('end', () => {
      const isCut = receiver.stop !== undefined && rows > receiver.stop.maxRows;
      resolve(decode === undefined ? outcome : { command: isCut ? null : command, rows, returnsRows: true });
    });
  });
}
