/** One measured run of the pipeline; `pipeline.ts` starts it in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client.ts';
import { topicRanges } from '../adapters/kafka/topics.ts';
import { createLogger } from '../cli/logger.ts';
import { options } from '../cli/options.ts';
import { bytes } from '../cli/parse.ts';
import { kafkaPipeline, prepareDatabase } from '../cli/pipeline.ts';
import { measure, runToTheEnd } from './measure.ts';

const { brokers, database: url, groupId, lanes } = JSON.parse(process.env.BENCH ?? '{}');
const { hostname: host, port, username: user, password, pathname } = new URL(url);
const database = { host, port: Number(port), user, password, database: pathname.slice(1) };
const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });
const parts = {
  database,
  logger,
  groupId,
  lanes,
  orderBy: 'sequence',
  onTooLong: 'park',
  breaker: null,
  deletes: 'soft',
  windowBytes: bytes(options.windowBytes.default),
  maxRecords: Number(options.maxRecords.default),
} as const;

await prepareDatabase(parts);
const kafka = kafkaClient({ brokers: [brokers] }, 'bench', logger);
const admin = kafka.admin();
await admin.connect();
const topic = 'bench';
const ends = await topicRanges(kafka, { kind: 'one', topic });
await measure(async (onCommitted) => {
  const pipeline = kafkaPipeline({ ...parts, onCommitted }, { topic, from: 'earliest', kafka, admin });
  await runToTheEnd(pipeline, { database, groupId, ends });
});
await admin.disconnect();
