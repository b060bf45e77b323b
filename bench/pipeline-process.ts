/** One measured run of the pipeline; `pipeline.ts` starts it in a process of its own. */
import { kafkaClient } from '../adapters/kafka/client.ts';
import { partitionRanges } from '../adapters/kafka/topic.ts';
import { createLogger } from '../cli/logger.ts';
import { options } from '../cli/options.ts';
import { bytes } from '../cli/parse.ts';
import { kafkaPipeline, prepareDatabase } from '../cli/pipeline.ts';
import { caughtUp } from '../cli/until-caught-up.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';

/** What was measured. */
export type Measured = {
  /** From the first commit to the last, in seconds. */
  readonly seconds: number;
  /** Events a second in that time; those of the first commit are left out. */
  readonly perSecond: number;
  /** CPU of this process from its start to its end. */
  readonly cpuSeconds: number;
  /** Most resident memory, in bytes. */
  readonly peakBytes: number;
  readonly meanRecords: number;
};

const { brokers, database: url, groupId, lanes } = JSON.parse(process.env.BENCH ?? '{}');
const { hostname: host, port, username: user, password, pathname } = new URL(url);
const database = { host, port: Number(port), user, password, database: pathname.slice(1) };
const logger = createLogger({ logLevel: 'warn', logFormat: 'pretty' });
const commits: { at: number; read: number }[] = [];
const parts = {
  onCommitted: ({ books }: Committed) => commits.push({ at: performance.now(), read: books.read }),
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
const ends = await partitionRanges(admin, topic);
const { source, progress, run } = kafkaPipeline(parts, { topic, from: 'earliest', kafka, admin });
const done = new AbortController();
const running = run(done.signal);
await Promise.race([caughtUp({ database, groupId, topic, ends, source, signal: done.signal }), running]);
done.abort();
await running;
await admin.disconnect();

const [first, last] = [commits[0], commits.at(-1)];
if (!first || !last) throw new Error('nothing was committed');
const seconds = (last.at - first.at) / 1000;
const { user: userMicros, system } = process.cpuUsage();
const measured: Measured = {
  seconds,
  perSecond: (progress.books.read - first.read) / seconds,
  cpuSeconds: (userMicros + system) / 1e6,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  meanRecords: progress.books.read / commits.length,
};
process.send?.(measured, () => process.disconnect());
