/** One measured run of a replication; `replicate.ts` starts it in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { createLogger } from '../cli/logger.ts';
import { options } from '../cli/options.ts';
import { bytes } from '../cli/parse.ts';
import { prepareReplica, replicationPipeline, replicaWindow } from '../cli/replication.ts';
import { noRules } from '../pipeline/transform/config.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf, Reporter, readOrder } from './reporter.ts';

const { brokers, database: url, groupId, lanes, topic } = readOrder<LayerOrder>();
const database = databaseOf(url);
const reporter = new Reporter();
const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });

await prepareReplica(database, groupId, () => undefined);
const kafka = kafkaClient({ brokers: [brokers] }, 'bench', logger);
const admin = kafka.admin();
await admin.connect();
const pipeline = await replicationPipeline({
  kafka,
  admin,
  database,
  logger,
  groupId,
  topics: new RegExp(`^${topic.replaceAll('.', '\\.')}$`),
  lanes,
  onCommitted: reporter.committed,
  replaced: { atStep: reporter.atStep },
  source: undefined,
  rules: noRules,
  from: 'earliest',
  onLostPosition: 'fail',
  breaker: null,
  windowBytes: bytes(replicaWindow),
  maxRecords: Number(options.maxRecords.default),
  fetchMinBytes: 1,
  pollTimeout: 0.5,
  untilCaughtUp: true,
  afterResnapshot: 'keep',
});
await reporter.during(pipeline);
await admin.disconnect();
