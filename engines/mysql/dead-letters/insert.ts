/** Stores dead letters, many with one INSERT, within the packets that the server takes. */
import type { DeadLetterRow } from '../../contract.ts';
import type { Session, SqlValue } from '../connection/session.ts';
import { datetimeOf } from '../times.ts';

/** The server stores every character, but half a surrogate pair is no character (rule 20). */
const clean = (text: string): string => text.toWellFormed();

const columns =
  '(pipeline, topic, `partition`, `offset`, stage, code, reason, field, `key`, value, headers, source_time)';

/** VALUES(column) is the new value, in MariaDB and in every version of MySQL. */
const onRepeat =
  'on duplicate key update stage = values(stage), code = values(code), reason = values(reason), field = values(field), parked_at = current_timestamp(6)';

const placeholders = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** Bytes of a row in a statement, at most: bytes are written in hex, and characters may be escaped. */
const statementBytes = ({ key, value, headers, reason, field, topic }: DeadLetterRow): number => {
  const bytes = [key, value, headers].reduce((sum, part) => sum + (part?.length ?? 0), 0);
  const text = [reason, field, topic].reduce((sum, part) => sum + Buffer.byteLength(part ?? ''), 0);
  return 2 * (bytes + text) + 500;
};

/** Implements `DeadLetters.insert` within the running transaction. */
export async function insertDeadLetters(
  session: Session,
  pipeline: string,
  rows: readonly DeadLetterRow[],
): Promise<void> {
  const limit = session.maxPacketBytes / 2;
  let pending: DeadLetterRow[] = [];
  let bytes = 0;
  const flush = async () => {
    if (pending.length > 0) await insertTogether(session, pipeline, pending);
    pending = [];
    bytes = 0;
  };
  for (const row of rows) {
    const size = statementBytes(row);
    if (bytes + size > limit) await flush();
    if (size > limit) {
      await insertAlone(session, pipeline, row);
      continue;
    }
    pending.push(row);
    bytes += size;
  }
  await flush();
}

async function insertTogether(session: Session, pipeline: string, rows: readonly DeadLetterRow[]): Promise<void> {
  await session.run(
    `insert into ${session.own('dead_letter')} ${columns} values ${rows.map(() => placeholders).join(', ')} ${onRepeat}`,
    rows.flatMap((row) => valuesOf(pipeline, row)),
  );
}

/** A prepared statement sends bytes as they are. A record that is larger than `max_allowed_packet` is refused even so. */
async function insertAlone(session: Session, pipeline: string, row: DeadLetterRow): Promise<void> {
  await session.runPrepared(
    `insert into ${session.own('dead_letter')} ${columns} values ${placeholders} ${onRepeat}`,
    valuesOf(pipeline, row),
  );
}

const valuesOf = (pipeline: string, row: DeadLetterRow): readonly SqlValue[] => [
  pipeline,
  row.topic,
  row.partition,
  row.offset,
  row.stage,
  row.code,
  clean(row.reason),
  row.field === null ? null : clean(row.field),
  row.key,
  row.value,
  row.headers,
  datetimeOf(row.timestamp),
];
