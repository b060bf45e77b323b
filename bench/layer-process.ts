/** One measured run of the pipeline, whole or up to a stage, in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client/client.ts';
import { enrichmentDefaults, kafkaPipeline, prepareDatabase } from '../services/enrich/pipeline.ts';
import { noticesTo } from '../services/events.ts';
import { keepHeapSmall } from '../services/heap.ts';
import type { LayerOrder } from './protocol.ts';
import { databaseOf, Reporter, readOrder } from './reporter.ts';
import { withoutSink } from './without-sink.ts';

const { layer, brokers, database: url, topic, groupId, lanes, warmUp } = readOrder<LayerOrder>();
const reporter = new Reporter(warmUp);
const { events } = reporter;
const parts = {
  ...enrichmentDefaults,
  database: databaseOf(url),
  events,
  groupId,
  lanes,
  orderBy: 'sequence',
  onTooLong: 'park',
  breakerShare: null,
  deletes: 'soft',
  replaced: { sink: { atStep: reporter.atStep } },
} as const;

if (layer === 'whole') keepHeapSmall();
await prepareDatabase(parts);
const kafka = kafkaClient({ brokers: [brokers] }, `bench-${process.pid}`, noticesTo(events));
const admin = kafka.admin();
await admin.connect();
const reading = { kafka, admin, topic, from: 'earliest' } as const;
await reporter.during(layer === 'whole' ? kafkaPipeline(parts, reading) : withoutSink(layer, parts, reading));
await admin.disconnect();
