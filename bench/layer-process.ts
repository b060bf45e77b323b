/** One measured run of the pipeline, whole or up to a stage, in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { createLogger } from '../cli/logger.ts';
import { options } from '../cli/options.ts';
import { bytes } from '../cli/parse.ts';
import { kafkaPipeline, prepareDatabase } from '../cli/pipeline.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf, Reporter, readOrder } from './reporter.ts';
import { withoutSink } from './without-sink.ts';

const { layer, brokers, database: url, topic, groupId, lanes, warmUp } = readOrder<LayerOrder>();
const reporter = new Reporter(warmUp);
const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });
const parts = {
  database: databaseOf(url),
  logger,
  groupId,
  lanes,
  orderBy: 'sequence',
  onTooLong: 'park',
  breaker: null,
  deletes: 'soft',
  windowBytes: bytes(options.windowBytes.default),
  maxRecords: Number(options.maxRecords.default),
  onCommitted: reporter.committed,
  replaced: { sink: { atStep: reporter.atStep } },
} as const;

await prepareDatabase(parts);
const kafka = kafkaClient({ brokers: [brokers] }, `bench-${process.pid}`, logger);
const admin = kafka.admin();
await admin.connect();
const reading = { kafka, admin, topic, from: 'earliest' } as const;
await reporter.during(layer === 'whole' ? kafkaPipeline(parts, reading) : withoutSink(layer, parts, reading));
await admin.disconnect();
