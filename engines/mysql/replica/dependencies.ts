/** Answers from dead letters and checkpoints to the questions of the sink about dependencies between records. */
import type { FirstDeadLetter, MessageKey } from '../../sink/replica/dependents.ts';
import type { LeadAnswer, LeadQuestion } from '../../sink/replica/partition-lead.ts';
import type { Session } from '../connection/session.ts';
import { datetimeOf } from '../times.ts';

/** Keys of one statement. */
const keysPerStatement = 1_000;

/** The first dead letter of each of these keys that has one: later events of their rows may depend on it (rule 10). */
export async function readFirstDeadLetters(
  session: Session,
  pipeline: string,
  keys: readonly MessageKey[],
): Promise<readonly FirstDeadLetter[]> {
  const distinct = [
    ...new Map(keys.map((one) => [`${one.topic}/${one.partition}/${one.key?.toString('latin1')}`, one])).values(),
  ];
  const found: FirstDeadLetter[] = [];
  for (let start = 0; start < distinct.length; start += keysPerStatement) {
    const some = distinct.slice(start, start + keysPerStatement).filter(({ key }) => key !== null);
    if (some.length === 0) continue;
    const rows = await session.rows<{ topic: string; partition: string; key: Buffer; first: string }>(
      `select topic, \`partition\`, \`key\`, min(\`offset\`) as first from ${session.own('dead_letter')}
       where pipeline = ? and (topic, \`partition\`, \`key\`) in (${some.map(() => '(?, ?, ?)').join(', ')})
       group by topic, \`partition\`, \`key\``,
      [pipeline, ...some.flatMap(({ topic, partition, key }) => [topic, partition, key])],
    );
    found.push(...rows.map((row) => ({ ...row, partition: Number(row.partition), first: BigInt(row.first) })));
  }
  return found;
}

/** How far the other partitions of a topic are. */
export async function askOtherPartitions(session: Session, question: LeadQuestion): Promise<LeadAnswer> {
  const { pipeline, topic, partition, committed, position, idleMs } = question;
  const { generation, major, minor } = position;
  const [row] = await session.rows<{ others: string; behind: string | null }>(
    `select count(*) as others, max(
       not coalesce(source_committed_at > ?, false)
       and not coalesce((postponed_generation, postponed_major, postponed_minor, \`partition\`) > (?, ?, ?, ?), false)
       and not coalesce(
         greatest(coalesce(committed_at, postponed_at), coalesce(postponed_at, committed_at))
           < utc_timestamp(6) - interval cast(? as signed) * 1000 microsecond, ?)
     ) as behind
     from ${session.own('checkpoint')} where pipeline = ? and topic = ? and \`partition\` <> ?`,
    [
      ...[datetimeOf(committed), generation, major, minor, partition],
      ...[idleMs, idleMs !== null ? 1 : 0],
      ...[pipeline, topic, partition],
    ],
  );
  return { others: Number(row?.others ?? 0), behind: row?.behind === '1' };
}

/** The LSN at which the last snapshot of a topic began, in decimal; null before the first. */
export async function readLastSnapshot(session: Session, pipeline: string, topic: string): Promise<string | null> {
  const [row] = await session.rows<{ lsn: string | null }>(
    `select max(snapshot_lsn) as lsn from ${session.own('checkpoint')} where pipeline = ? and topic = ?`,
    [pipeline, topic],
  );
  return row?.lsn ?? null;
}
