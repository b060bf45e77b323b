/** Why there is nothing to replicate, as far as the source tells. */
import { readSourceTables } from '../../engines/postgres/catalogue/source-tables.ts';
import { describeDatabase, withConnection } from '../../engines/postgres/connection/connection.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { TablesFrom } from './check-rules.ts';

/** The error of a pattern that no topic matches. */
export async function noTopics({ pattern, source }: Pick<TablesFrom, 'pattern' | 'source'>): Promise<PipelineError> {
  return new PipelineError('missing_topic', `no topic matches ${pattern.source}`, { advice: await adviceFor(source) });
}

async function adviceFor(source: TablesFrom['source']): Promise<string> {
  const wait = 'Without --until-caught-up `npx sluice replicate` waits for topics.';
  const tables = source && (await withConnection(source, 'catalogue', readSourceTables));
  if (source && tables?.length === 0)
    return `The source ${describeDatabase(source)} has no table. Make some, such as the sample: psql "$SOURCE_URL" -f data/sample_source.sql; then \`npx sluice connector create --tables 'public.*'\`. ${wait}`;
  if (tables && !tables.some(({ published }) => published))
    return `No table of the source is captured: \`npx sluice connector create --tables 'public.*'\` does that. ${wait}`;
  return `Is --topics right, and does the connector work (\`npx sluice connector status\`)? A table without rows has no topic before its first change. ${wait}`;
}
