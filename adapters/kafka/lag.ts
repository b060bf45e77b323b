/**
 * How far behind a topic is, by the log and the clock: a gauge that is derived from the last event would freeze when
 * nothing arrives (promise 9).
 */
import type { Admin } from 'kafkajs';

/** A partition and the first offset that is not yet durable. */
export type NotDurable = { readonly partition: number; readonly nextOffset: bigint; readonly logEnd: bigint };

/**
 * Kafka timestamp, in milliseconds since 1970, of the oldest record that is not yet durable; null when there is none
 * (rule 28). Kafka answers "first offset at or after a time" but not the reverse, so the time is found by bisection:
 * some 42 rounds, no consumer group, exact as long as timestamps rise with offsets.
 */
export async function oldestNotDurable(
  admin: Admin,
  topic: string,
  positions: readonly NotDurable[],
  now: number,
): Promise<number | null> {
  const next = new Map(
    positions.filter(({ nextOffset, logEnd }) => nextOffset < logEnd).map((one) => [one.partition, one.nextOffset]),
  );
  if (next.size === 0) return null;
  const anyOlderThan = async (time: number): Promise<boolean> => {
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, time);
    return offsets.some(({ partition, offset }) => BigInt(offset) > (next.get(partition) ?? BigInt(offset)));
  };
  let atOrAfter = 0;
  let before = now + 1;
  while (before - atOrAfter > 1) {
    const middle = Math.floor((atOrAfter + before) / 2);
    if (await anyOlderThan(middle)) before = middle;
    else atOrAfter = middle;
  }
  return atOrAfter;
}

/** Members of the consumer group at this moment. */
export async function groupMembers(admin: Admin, groupId: string): Promise<number> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups[0]?.members.length ?? 0;
}
