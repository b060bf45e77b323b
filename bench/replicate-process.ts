/** One measured run of a replication; `replicate.ts` starts it in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client.ts';
import { topicRanges } from '../adapters/kafka/topics.ts';
import { createLogger } from '../cli/logger.ts';
import { options } from '../cli/options.ts';
import { prepareReplica, replicationPipeline, replicaWindow } from '../cli/replication.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import { noRules } from '../pipeline/transform/config.ts';
import { measure, runToTheEnd } from './measure.ts';

const { brokers, database: url, groupId, lanes, topic } = JSON.parse(process.env.BENCH ?? '{}');
const { hostname: host, port, username: user, password, pathname } = new URL(url);
const database = { host, port: Number(port), user, password, database: pathname.slice(1) };
const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });

await prepareReplica(database, groupId);
const kafka = kafkaClient({ brokers: [brokers] }, 'bench', logger);
const admin = kafka.admin();
await admin.connect();
const topics = new RegExp(`^${topic.replaceAll('.', '\\.')}$`);
const ends = await topicRanges(kafka, { kind: 'matching', pattern: topics });
await measure(async (onCommitted: (committed: Committed) => void) => {
  const pipeline = await replicationPipeline({
    kafka,
    admin,
    database,
    logger,
    groupId,
    topics,
    lanes,
    onCommitted,
    source: undefined,
    rules: noRules,
    from: 'earliest',
    onLostPosition: 'fail',
    breaker: null,
    windowBytes: replicaWindow,
    maxRecords: Number(options.maxRecords.default),
    fetchMinBytes: 1,
    pollTimeout: 0.5,
    untilCaughtUp: true,
    afterResnapshot: 'keep',
  });
  await runToTheEnd(pipeline, { database, groupId, ends });
});
await admin.disconnect();
