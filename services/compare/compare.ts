/** Compares every cell of the tables of a migration. Both sides must be at rest. */
import type { LoadedRow, LoadReader } from '../../engines/load.ts';
import type { ComparedTable } from '../../engines/mysql/checksum/compared-table.ts';
import type { TableDefinition } from '../../engines/types/table.ts';
import { Rejection } from '../../schemas/rejection.ts';
import { bucketOf, Fingerprint, keyOf } from './fingerprint.ts';

/** The comparison of one table. */
export type Compared = {
  readonly table: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Rows of the source with a value that the target cannot hold. They are in neither count. */
  readonly refused: number;
  /** Rows that differ, are missing or are surplus. */
  readonly differences: number;
  /** Keys of some of them. */
  readonly examples: readonly string[];
};

/** Most keys that are named. */
const maxExamples = 10;

/** Compares one table. Reads it once, and a second time only if it differs. */
export async function compareTable(
  reader: LoadReader,
  table: TableDefinition,
  compared: ComparedTable,
): Promise<Compared> {
  const { columns } = compared;
  const keyColumns = table.primaryKey?.columns ?? columns;
  const key = keyColumns.map((name) => columns.indexOf(name));
  let refused = 0;
  async function* expected(): AsyncGenerator<LoadedRow> {
    refused = 0;
    for await (const batch of reader.read({ table, after: null, upTo: null }, columns))
      for (const row of batch) {
        const cells = compared.expected(row);
        if (cells instanceof Rejection) refused += 1;
        else yield cells;
      }
  }
  async function* found(): AsyncGenerator<LoadedRow> {
    for await (const batch of compared.rows()) yield* batch;
  }
  const fingerprint = async (rows: AsyncIterable<LoadedRow>) => {
    const one = new Fingerprint(key);
    for await (const row of rows) one.add(row);
    return one;
  };
  const [source, target] = await Promise.all([fingerprint(expected()), fingerprint(found())]);
  const buckets = source.differing(target);
  const differing = buckets.size === 0 ? [] : await differingKeys(buckets, key, expected(), found());
  return {
    table: `${table.schema}.${table.name}`,
    sourceRows: source.rows,
    targetRows: target.rows,
    refused,
    differences: differing.length,
    examples: differing.slice(0, maxExamples),
  };
}

/** The keys in these buckets whose rows are not the same, as often, on both sides. */
async function differingKeys(
  buckets: ReadonlySet<number>,
  key: readonly number[],
  expected: AsyncIterable<LoadedRow>,
  found: AsyncIterable<LoadedRow>,
): Promise<readonly string[]> {
  const counts = new Map<string, { readonly key: string; count: number }>();
  const count = async (rows: AsyncIterable<LoadedRow>, step: 1 | -1) => {
    for await (const row of rows) {
      const name = keyOf(row, key);
      if (!buckets.has(bucketOf(name))) continue;
      const text = JSON.stringify(row);
      const one = counts.get(text) ?? { key: name, count: 0 };
      one.count += step;
      if (one.count === 0) counts.delete(text);
      else counts.set(text, one);
    }
  };
  await count(expected, 1);
  await count(found, -1);
  return [...new Set([...counts.values()].map((one) => one.key))];
}
