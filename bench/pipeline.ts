/**
 * `npm run bench`: measures the pipeline and the floor in the same run on the same machine. The floor writes the same rows by COPY and
 * merge over two connections, without Kafka and enrichment. Only ratios are comparable between machines.
 *
 *   npm run bench                                        layer by layer, three rounds
 *   npm run bench -- --parallelism 2                     the same, and as a group of two processes
 *   npm run bench -- --mode steady                       latencies at steady rates
 *   npm run bench -- --mode growth                       with 0.1M, 1M and 5M events in topic and table
 *   npm run bench -- --compare main --layers enrich,whole   this revision beside another, in turn
 *   npm run bench -- --record                            writes bench/baseline.json
 */
import { writeBaseline } from './baseline.ts';
import { compare } from './compare.ts';
import { growth } from './growth.ts';
import { baselineFile, parseOptions } from './options.ts';
import { cleanCommit } from './revision.ts';
import { print, withServers } from './servers.ts';
import { steady } from './steady.ts';
import { throughput, throughputTable } from './throughput.ts';
import { here } from './topic.ts';

const options = parseOptions(process.argv.slice(2));
const { mode, events, rounds, lanes, record } = options;
const commit = record === undefined ? '' : await cleanCommit(here, baselineFile);

await withServers(async (servers) => {
  const { description } = servers;
  print(description);
  if (options.compare) return await compare(servers, options.compare, options);
  if (mode === 'steady') return await steady(servers, options);
  if (mode === 'growth') return await growth(servers, options);
  const result = await throughput(servers, [{ name: 'this one', root: here }], options);
  print(`\n${events} events, ${rounds} rounds in turn, ${lanes} lanes; ${description}\n\n${throughputTable(result)}`);
  if (record !== undefined)
    await writeBaseline(record, result, { commit, description, settings: { events, rounds, lanes } });
});
