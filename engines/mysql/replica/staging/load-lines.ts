/** LOAD DATA LOCAL from rows of fields. */
import { Readable } from 'node:stream';
import type { Session } from '../../connection/session.ts';
import { packetsOf } from '../../load/load-data.ts';

export type Field = string | number | null;

/** Characters after which a piece of a file is sent. */
const pieceLength = 64 * 1024;

/**
 * Loads rows into a staging table. Throws if the server altered or skipped anything: LOCAL implies IGNORE, so that the server only
 * counts warnings.
 * @param columns the list of columns, with what follows it in the statement.
 */
export async function loadLines(
  session: Session,
  table: string,
  columns: string,
  lines: Iterable<readonly Field[]>,
): Promise<void> {
  const { warnings } = await session.load(
    `load data local infile 'staging' into table ${table} character set utf8mb4
     fields terminated by '\\t' escaped by '\\\\' lines terminated by '\\n' ${columns}`,
    () => Readable.from(pieces(lines), { objectMode: true, highWaterMark: 1 }),
  );
  if (warnings > 0) throw await firstWarning(session);
}

const special = /[\\\t\n\0]/;
const escapes: { readonly [character: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' };

/** A field of LOAD DATA. The escape keeps a text `\N` apart from null. */
function escaped(field: Field): string {
  if (field === null) return '\\N';
  if (typeof field === 'number') return String(field);
  return special.test(field) ? field.replace(/[\\\t\n\0]/g, (character) => escapes[character] ?? '') : field;
}

function* pieces(lines: Iterable<readonly Field[]>): Generator<Buffer> {
  let text = '';
  for (const fields of lines) {
    let separator = '';
    for (const field of fields) {
      text += separator + escaped(field);
      separator = '\t';
    }
    text += '\n';
    if (text.length < pieceLength) continue;
    yield* packetsOf(text);
    text = '';
  }
  yield* packetsOf(text);
}

async function firstWarning(session: Session): Promise<Error> {
  const [[level, code, message] = []] = await session.cells('show warnings limit 1');
  return new Error(`the staging table has altered a value: ${String(level)} ${String(code)}: ${String(message)}`);
}
