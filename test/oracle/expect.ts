/** Compares a database with the oracle: rows, dead letters, record counts. */
import type pg from 'pg';
import { expect } from 'vitest';
import { diffRows, expectedDeadLetters, selectActualRows } from './compare.ts';
import { type ExpectedRow, expectedCheckpoints, expectedRows } from './oracle.ts';
import type { OracleRecord } from './workload.ts';

/** The rows, dead letters and record counts in the database are those of the oracle. */
export async function expectOracle(
  client: pg.Client,
  pipeline: string,
  records: readonly OracleRecord[],
): Promise<void> {
  const { rows } = await client.query<ExpectedRow>(selectActualRows);
  expect(diffRows(expectedRows(records), rows)).toEqual([]);

  const deadLetters = await client.query<{ origin: string; code: string; value: Buffer | null }>(
    `select partition || ':' || "offset" as origin, code, value from sluice.dead_letter where pipeline = $1`,
    [pipeline],
  );
  const expectedKinds = [...expectedDeadLetters(records)].map(([origin, kind]) => [origin, kind.reason]);
  expect(deadLetters.rows.map(({ origin, code }) => [origin, code]).sort()).toEqual(expectedKinds.sort());
  const raw = new Map(records.map((record) => [`${record.partition}:${record.offset}`, record.value]));
  for (const { origin, value } of deadLetters.rows) expect(value).toEqual(raw.get(origin));

  const checkpoints = await client.query(
    `select partition, next_offset, read, filtered, parked, applied + superseded as rest from sluice.checkpoint
     where pipeline = $1 order by partition`,
    [pipeline],
  );
  const expected = [...expectedCheckpoints(records)].map(([partition, one]) => ({
    partition,
    next_offset: String(one.nextOffset),
    read: String(one.read),
    filtered: String(one.filtered),
    parked: String(one.parked),
    rest: String(one.appliedAndSuperseded),
  }));
  expect(checkpoints.rows).toEqual(expected.sort((a, b) => a.partition - b.partition));
}
