/** `sluice status`: one sentence first, then the partitions. The exit code carries the verdict. */
import type { Admin } from 'kafkajs';
import { kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
import { groupMembers, oldestNotDurable } from '../adapters/kafka/lag.ts';
import { partitionRanges } from '../adapters/kafka/topic.ts';
import { type Checkpoint, readCheckpoints } from '../adapters/postgres/checkpoints.ts';
import { reachDatabase } from '../adapters/postgres/reach.ts';
import { formatSeconds, type Health, judge, type PartitionFacts } from '../monitor/health.ts';
import { emptyBooks } from '../pipeline/batch.ts';
import { exitCodes, PipelineError } from '../pipeline/errors.ts';
import { createLogger } from './logger.ts';
import type { Values } from './options.ts';
import { chooseDatabase, chooseKafka, kafkaOptions, postgresOptions, sayDatabase, sayKafka } from './servers.ts';
import { table } from './table.ts';
import { type Context, verb } from './verb.ts';

const names = [...kafkaOptions, 'topic', 'groupId', ...postgresOptions, 'json'] as const;

/** Everything `status` shows. */
type Report = Health & {
  readonly pipeline: string;
  readonly topic: string;
  readonly partitions: readonly PartitionFacts[];
};

export const status = verb({
  name: 'status',
  summary: 'say whether the pipeline is healthy, how far behind it is, and what became of the records',
  options: names,
  async run(values, context) {
    const report = await gather(values, context);
    if (values.json)
      context.print(JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
    else show(report, context);
    return report.state === 'stalled' ? exitCodes.stalled : exitCodes.done;
  },
});

async function gather(values: Values<(typeof names)[number]>, context: Context): Promise<Report> {
  const { topic, groupId } = values;
  const cluster = chooseKafka(values, context);
  const chosen = chooseDatabase(values, context);
  if (!values.json) context.tell(`${sayKafka(cluster)}, ${sayDatabase(chosen)}`);
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  await reachCluster(cluster, logger);
  const client = await reachDatabase(chosen.database, `${groupId}/status`);
  const checkpoints = await readCheckpoints(client, groupId, topic).finally(() => client.end());
  const admin = kafkaClient(cluster, 'sluice-status', logger).admin();
  await admin.connect();
  try {
    const partitions = await partitionFacts(admin, topic, checkpoints);
    const now = Date.now();
    const [oldest, members] = await Promise.all([
      oldestNotDurable(admin, topic, partitions, now),
      groupMembers(admin, groupId),
    ]);
    const health = judge({
      pipeline: groupId,
      partitions,
      members,
      lagSeconds: oldest === null ? null : (now - oldest) / 1000,
    });
    return { ...health, pipeline: groupId, topic, partitions };
  } finally {
    await admin.disconnect();
  }
}

async function partitionFacts(
  admin: Admin,
  topic: string,
  checkpoints: readonly Checkpoint[],
): Promise<PartitionFacts[]> {
  if (!(await admin.listTopics()).includes(topic)) {
    throw new PipelineError('missing_topic', `there is no topic ${topic}`, {
      advice: 'Is --topic right? `sluice run` creates it, `sluice simulate` fills it.',
    });
  }
  const known = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint]));
  return (await partitionRanges(admin, topic)).map(({ partition, low, high }) => {
    const checkpoint = known.get(partition);
    return {
      partition,
      logEnd: high,
      nextOffset: checkpoint?.nextOffset ?? low,
      books: checkpoint?.books ?? emptyBooks,
      commitAge: checkpoint?.commitAge ?? null,
    };
  });
}

function show({ sentence, partitions, books }: Report, { print }: Context): void {
  print(sentence);
  print('');
  const rows = partitions.map(({ partition, logEnd, nextOffset, books: b, commitAge }) => [
    partition,
    logEnd,
    nextOffset,
    logEnd - nextOffset,
    b.read,
    b.applied,
    b.superseded,
    b.filtered,
    b.parked,
    commitAge === null ? 'never' : `${formatSeconds(commitAge)} ago`,
  ]);
  const head = [
    'partition',
    'log end',
    'next',
    'lag',
    'read',
    'applied',
    'superseded',
    'filtered',
    'parked',
    'last commit',
  ];
  for (const line of table(head, rows)) print(line);
  if (books.parked > 0) {
    print('');
    print(
      `${books.parked} parked: SELECT code, reason, count(*) FROM sluice.dead_letter GROUP BY 1, 2 ORDER BY 3 DESC;`,
    );
  }
}
