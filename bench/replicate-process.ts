/** One measured run of a replication; `replicate.ts` starts it in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { isMysqlAddress, mysqlAddress } from '../engines/mysql/connection/address.ts';
import { noRules } from '../pipeline/transform/config.ts';
import { enrichmentDefaults } from '../services/enrich/pipeline.ts';
import { noticesTo } from '../services/events.ts';
import { keepHeapSmall } from '../services/heap.ts';
import { replicationPipeline, replicaWindowBytes } from '../services/replicate/pipeline.ts';
import { replicaOf } from '../services/replicate/replica.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf, Reporter, readOrder } from './reporter.ts';

const { brokers, database: url, groupId, lanes, topic } = readOrder<LayerOrder>();
const database = isMysqlAddress(url) ? mysqlAddress(url) : databaseOf(url);
const reporter = new Reporter();
const { events } = reporter;

keepHeapSmall();
await replicaOf(database).prepare(groupId, () => undefined);
const kafka = kafkaClient({ brokers: [brokers] }, 'bench', noticesTo(events));
const admin = kafka.admin();
await admin.connect();
const pipeline = await replicationPipeline({
  kafka,
  admin,
  database,
  events,
  groupId,
  topics: new RegExp(`^${topic.replaceAll('.', '\\.')}$`),
  lanes,
  atStep: reporter.atStep,
  source: undefined,
  rules: noRules,
  carried: { policies: { all: {}, columns: {} }, schemas: { mode: 'separate', databases: {} } },
  from: 'earliest',
  onLostPosition: 'fail',
  breakerShare: null,
  windowBytes: replicaWindowBytes,
  transactionRecords: enrichmentDefaults.transactionRecords,
  fetchMinBytes: 1,
  pollTimeoutMs: 500,
  afterResnapshot: 'keep',
});
await reporter.during(pipeline);
await admin.disconnect();
