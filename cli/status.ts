/** `sluice status`: one sentence first, then the partitions. The exit code carries the verdict. */
import type { Admin } from 'kafkajs';
import { disconnectSoon, kafkaClient, reachCluster } from '../adapters/kafka/client.ts';
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
  readonly partitions: readonly (PartitionFacts & { readonly topic?: string })[];
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
  const chosen = chooseDatabase(values, context);
  const client = await reachDatabase(chosen.database, `${groupId}/status`);
  const all = await readCheckpoints(client, groupId).finally(() => client.end());
  const checkpoints = all.filter((one) => one.topic === topic);
  const files = all.filter((one) => /^(file|stdin):/.test(one.topic));
  // A pipeline that has only ever read files needs no Kafka to be judged.
  if (checkpoints.length === 0 && files.length > 0) {
    if (!values.json) context.tell(sayDatabase(chosen));
    return reportFiles(groupId, files);
  }
  const cluster = chooseKafka(values, context);
  if (!values.json) context.tell(`${sayKafka(cluster)}, ${sayDatabase(chosen)}`);
  const logger = createLogger({ logLevel: 'error', logFormat: 'pretty' });
  await reachCluster(cluster, logger);
  const admin = kafkaClient(cluster, 'sluice-status', logger).admin();
  await admin.connect();
  try {
    const partitions = await partitionFacts(admin, topic, checkpoints);
    const now = Date.now();
    const [oldest, members] = await Promise.all([
      oldestNotDurable(admin, topic, partitions.filter(hasPosition), now),
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
    await disconnectSoon(admin);
  }
}

/** What files and standard input gave: they have no end that could be ahead, so there is nothing to be behind of. */
function reportFiles(pipeline: string, files: readonly Checkpoint[]): Report {
  const partitions = files.map((file) => ({ ...file, logEnd: file.nextOffset }));
  const health = judge({ pipeline, partitions, members: 0, lagSeconds: null });
  const what = files.length === 1 ? 'the file' : `${files.length} files`;
  const sentence = `healthy: everything read from ${what} is durable`;
  return { ...health, sentence, pipeline, topic: files.map(({ topic }) => topic).join(', '), partitions };
}

/** Where the log no longer has the position there is no record whose age could be asked. */
const hasPosition = ({ logStart, nextOffset }: PartitionFacts): boolean => nextOffset >= (logStart ?? nextOffset);

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
      logStart: low,
      logEnd: high,
      nextOffset: checkpoint?.nextOffset ?? low,
      books: checkpoint?.books ?? emptyBooks,
      supersededShare: checkpoint?.supersededShare ?? 0,
      commitAge: checkpoint?.commitAge ?? null,
    };
  });
}

function show({ sentence, remark, partitions, books }: Report, { print }: Context): void {
  print(sentence);
  if (remark !== null) print(remark);
  print('');
  const rows = partitions.map(({ topic, partition, logEnd, nextOffset, books: b, commitAge }) => [
    topic ?? partition,
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
