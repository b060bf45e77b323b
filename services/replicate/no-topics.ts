/** Explains why no topic matches. */
import { readSourceTables } from '../../engines/postgres/catalogue/source-tables.ts';
import { describeDatabase, withConnection } from '../../engines/postgres/connection/connection.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import type { TablesFrom } from './check-rules.ts';

/** Returns the error for a pattern without a match. Its details give the reason: `no table`, `not captured` or `not known`. */
export async function noTopics({ pattern, source }: Pick<TablesFrom, 'pattern' | 'source'>): Promise<PipelineError> {
  const named = source === undefined ? '' : describeDatabase(source);
  const details = { source: named, why: await reasonOf(source) };
  return new PipelineError('missing_topic', `no topic matches ${pattern.source}`, { advice: '', details });
}

async function reasonOf(source: TablesFrom['source']): Promise<string> {
  const tables = source && (await withConnection(source, 'catalogue', readSourceTables));
  if (tables?.length === 0) return 'no table';
  return tables && !tables.some(({ published }) => published) ? 'not captured' : 'not known';
}
